# bash completion for ripngctl. Its words are those of the table in cli/main.c; tests/lint compares them.

# What may follow COMMAND and so many arguments, one a line. A running daemon is asked for what it knows.
_ripngctl_arguments() # COMMAND COUNT CURRENT PROGRAM [OPTION ...]
{
    local next="$1 $2" current=$3 value='":"\([^"]*\)".*'
    shift 3
    case $next in
        'query 0')
            [[ $current != *%* ]] || sed -n "s/^ *\([^: ]*\):.*/${current%%\%*}%\1/p" /proc/net/dev
            timeout 2 "$@" -j show neigh | sed -n "s/.*\"address${value}interface$value/\1%\2/p"
            ;;
        'show route 0' | query\ *)
            timeout 2 "$@" -j show route | sed -n "s/.*\"prefix$value/\1/p"
            ;;
    esac 2>/dev/null
}

_ripngctl()
{
    local commands='show monitor query reload doctor' shows='route neigh interface status'
    local options='--socket --json --version --help' command='' previous='' line current word
    local words=() program=("$1")
    COMPREPLY=()
    # Not COMP_WORDS: bash cuts addresses at their colons. The dot keeps a blank at the end.
    read -ra line <<<"${COMP_LINE:0:COMP_POINT}."
    current=${line[-1]%.}
    for word in "${line[@]:1:${#line[@]}-2}"; do
        case $previous in
            -s | --socket) program+=(-s "$word") ;;
            *) [[ $word == -* ]] || words+=("$word") ;;
        esac
        previous=$word
    done
    # Words that are cut short count as whole ones.
    if [[ ${words[0]-} ]]; then
        command=$(compgen -W "$commands" -- "${words[0]}")
        words=("${words[@]:1}")
    fi
    if [[ $command == show && ${words[0]-} ]]; then
        command+=" $(compgen -W "$shows" -- "${words[0]}")"
        words=("${words[@]:1}")
    fi
    case $command in
        '' | show) options+=' --all --prometheus' ;;
        'show route') options+=' --all' ;;
        'show status') options+=' --prometheus' ;;
    esac
    case $previous,$current,$command in
        -s,* | --socket,*)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            compopt -o filenames 2>/dev/null
            ;;
        *,-*,*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current") ;;
        *,*,) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
        *,*,show) mapfile -t COMPREPLY < <(compgen -W "$shows" -- "$current") ;;
        *) # not `compgen -W`, which would run an interface called $(reboot)
            while IFS= read -r word; do
                printf -v word %q "$word"
                [[ $word != "$current"* ]] || COMPREPLY+=("$word")
            done < <(_ripngctl_arguments "$command" "${#words[@]}" "$current" "${program[@]}")
            ;;
    esac
    # What is before the last colon stands on the line already, as a word of its own.
    if [[ $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}")
    fi
}
complete -F _ripngctl ripngctl
