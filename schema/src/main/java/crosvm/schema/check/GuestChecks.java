package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.CredentialSpec;
import crosvm.schema.model.FilledText;
import crosvm.schema.model.GuestSpec;
import crosvm.schema.model.SeedText;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Whether systemd will take what the guest is told. */
final class GuestChecks {
    /** NAME_MAX: a credential becomes a file of its name. */
    private static final int MAX_NAME = 255;

    private GuestChecks() {}

    static void check(Draft draft) {
        GuestSpec guest = draft.spec().guest();
        for (Map.Entry<String, CredentialSpec> credential : guest.credentials().entrySet()) {
            String path = "guest.credentials." + credential.getKey();
            name(draft, guest, credential.getKey(), path);
            choice(draft, credential.getValue(), path);
        }
        if (guest.cloudInit() != null) {
            for (Map.Entry<String, SeedText> text : guest.cloudInit().texts().entrySet()) {
                seed(draft, text.getValue(), "guest.cloudInit." + text.getKey());
            }
        }
    }

    private static void seed(Draft draft, SeedText from, String path) {
        if (!draft.sound(path + ".file") || !draft.sound(path + ".text")) {
            return;
        }
        FilledText text = from.text();
        if (text == null && from.file() == null) {
            draft.problem(SpecRule.SEED_CHOICE, path, "has neither text nor file", "give one of the two");
        } else if (text != null && from.file() != null) {
            draft.problem(
                    SpecRule.SEED_CHOICE,
                    path + ".text",
                    "stands beside file (" + draft.place(path + ".file") + ")",
                    "give one of the two");
        } else if (text != null && text.text().getBytes(StandardCharsets.UTF_8).length > SeedText.MAX_BYTES) {
            draft.problem(SpecRule.SEED_CHOICE, path + ".text", "has more than 1MiB", "share a folder instead");
        }
    }

    private static boolean isPrintable(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c > '~' || c == '/' || c == '=' || c == ':') {
                return false;
            }
        }
        return true;
    }

    /** What credential_name_valid() of systemd takes: the name of a file in printable ASCII, and no colon or equals sign. */
    private static void name(Draft draft, GuestSpec guest, String name, String path) {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.length() > MAX_NAME || !isPrintable(name)) {
            draft.keyProblem(
                    SpecRule.CREDENTIAL_NAME,
                    path,
                    "is an invalid name for a credential",
                    "use 1 to 255 letters, digits and any of . _ - such as api.token");
        } else if (name.equals("ssh.authorized_keys.root") && !guest.sshKeys().isEmpty()) {
            draft.keyProblem(SpecRule.CREDENTIAL_NAME, path, "is what guest.sshKeys fills", "leave out one of the two");
        } else if (name.equals("vmm.notify_socket")
                && draft.spec().ready() != null
                && draft.spec().ready().systemd()) {
            draft.keyProblem(SpecRule.CREDENTIAL_NAME, path, "is what ready.systemd fills", "leave out one of the two");
        } else if (name.equals("tmpfiles.extra") && guest.timezone() != null) {
            draft.keyProblem(
                    SpecRule.CREDENTIAL_NAME, path, "is what guest.timezone fills", "leave out one of the two");
        }
    }

    private static void choice(Draft draft, CredentialSpec from, String path) {
        if (!draft.sound(path + ".file") || !draft.sound(path + ".env")) {
            return;
        }
        if (from.file() == null && from.env() == null) {
            draft.problem(SpecRule.CREDENTIAL_CHOICE, path, "has neither file nor env", "give one of the two");
        } else if (from.file() != null && from.env() != null) {
            draft.problem(
                    SpecRule.CREDENTIAL_CHOICE,
                    path + ".env",
                    "stands beside file (" + draft.place(path + ".file") + ")",
                    "give one of the two");
        }
    }
}
