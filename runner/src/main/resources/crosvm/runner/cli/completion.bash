# Completion of crosvm for bash; made by: crosvm completion bash
# crosvm itself knows the candidates: commands, options, their values, machines, disks.
_crosvm() {
    local i word current part skip files=
    local -a words=()
    # Bash has split the words at = and :, and puts in only what is behind the last of them.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((i > 1)) && [[ $word == [=:]* || ${COMP_WORDS[i - 1]} == *[=:] ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
    done
    current=${words[${#words[@]} - 1]}
    part=${COMP_WORDS[COMP_CWORD]}
    [[ $part == [=:] ]] && part=
    skip=${current%"$part"}
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        if [[ $word == :files ]]; then files=1; else COMPREPLY+=("${word#"$skip"}"); fi
    done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete "${words[@]}" 2>/dev/null)
    if [[ $files ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$part")
    fi
}
complete -F _crosvm crosvm
