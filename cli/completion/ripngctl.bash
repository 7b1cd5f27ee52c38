# bash completion for ripngctl. Its words are those of the table in cli/main.c; tests/lint compares them.
_ripngctl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=() i file
    if [[ $prev == -s || $prev == --socket ]]; then
        COMPREPLY=()
        while IFS= read -r file; do
            COMPREPLY+=("$file")
        done < <(compgen -f -- "$cur")
        return
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -s | --socket) ((i++)) ;;
            -*) ;;
            *) words+=("${COMP_WORDS[i]}") ;;
        esac
    done
    local choices=
    if [[ $cur == -* ]]; then
        choices='--socket --json --all --prometheus --version --help'
    else
        case "${words[*]}" in
            '') choices='show monitor query reload doctor' ;;
            show) choices='route neigh interface status' ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$cur")
}
complete -F _ripngctl ripngctl
