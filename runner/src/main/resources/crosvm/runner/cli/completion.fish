# Completion of crosvm for fish; made by: crosvm completion fish
# crosvm itself knows the candidates: commands, options, their values, machines, disks.
function __crosvm_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program __complete $words "$current" 2>/dev/null)
        if test "$line" != :files
            printf '%s\n' $line
        else if string match -q -- '--*=*' "$current"
            set -l option (string replace -r -- '=.*' '=' "$current")
            __fish_complete_path (string replace -r -- '^[^=]*=' '' "$current") | string replace -r -- '^' $option
        else
            __fish_complete_path "$current"
        end
    end
end
complete -c crosvm -f -a '(__crosvm_candidates)'
