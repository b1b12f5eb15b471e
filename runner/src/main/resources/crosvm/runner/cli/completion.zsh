#compdef crosvm
# Completion of crosvm for zsh; made by: crosvm completion zsh
# crosvm itself knows the candidates: commands, options, their values, machines, disks.
_crosvm() {
    local line value files=
    local -a values
    for line in "${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        value=${${line%%$'\t'*}//:/\\:} # What is behind a colon is its description.
        if [[ $line == :files ]]; then
            files=1
        elif [[ $line == *$'\t'?* ]]; then
            values+=("$value:${line#*$'\t'}")
        elif [[ -n $line ]]; then
            values+=("$value")
        fi
    done
    (($#values)) && _describe crosvm values
    if [[ -n $files ]]; then
        compset -P '--*='
        _files
    fi
}
if [[ $funcstack[1] == _crosvm ]]; then
    _crosvm "$@"
else
    compdef _crosvm crosvm
fi
