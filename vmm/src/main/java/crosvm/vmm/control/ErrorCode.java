package crosvm.vmm.control;

import crosvm.schema.model.EnumWord;

/** Why a request was not carried out; what each means stands in the package's description of the protocol. */
public enum ErrorCode {
    BAD_JSON,
    BAD_REQUEST,
    BAD_VERSION,
    UNKNOWN_COMMAND,
    BAD_ARGUMENT,
    NOT_FOUND,
    NOT_POSSIBLE,
    FAILED,
    TOO_LARGE,
    TOO_SLOW,
    TOO_MANY;

    /** As it stands in an answer: {@code bad-json}. */
    public String word() {
        return EnumWord.of(this);
    }
}
