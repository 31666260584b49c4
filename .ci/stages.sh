# How the stages of .ci/run run, one after the other and side by side; read by `.`, in bash 4 or newer.
#
# Needs WORK, an empty folder that is removed at the end, and PROCESSES, how many stages may run side by side.
NOW=start
touch "$WORK/seconds" "$WORK/loud"
trap 'status=$?; end_jobs; rm -rf "$WORK"; [ $status = 0 ] || printf "\n##### FAILED in: %s (status %d)\n" "$NOW" $status' EXIT
trap 'exit 130' INT TERM

end_jobs() { # whatever still runs beside this shell, with all that it started
    local group
    for group in $(jobs -p); do kill -- "-$group" 2>/dev/null || true; done
}

is_wanted() { [[ $1 =~ ${LABKIT_CI_ONLY:-} || $1 == environment ]]; }

note_seconds() { # title, seconds: a row of the table at the end
    printf '%6d s  %s\n' "$2" "$1" >>"$WORK/seconds"
    printf -- '----- %s: %d s\n' "$1" "$2"
}

stage() { # "what it is" command ...: a stage that has the machine to itself
    local title=$1 began=$SECONDS
    shift
    is_wanted "$title" || return 0
    NOW=$title
    printf '\n===== %s =====\n' "$title"
    "$@"
    note_seconds "$title" $((SECONDS - began))
}

together() { # "what it is" command, again and again: stages that run side by side; each log is printed at its end
    local -A titles=() began=() logs=()
    local failed=() pid
    NOW="stages that run side by side"
    while [ $# -gt 0 ] || [ ${#titles[@]} -gt 0 ]; do
        while [ $# -gt 0 ] && [ ${#titles[@]} -lt $PROCESSES ]; do
            if is_wanted "$1"; then
                set -m # the job has a process group of its own and does not ignore SIGINT, which a kernel needs
                ("$2") >"$WORK/$2.log" 2>&1 </dev/null &
                set +m
                titles[$!]=$1 began[$!]=$SECONDS logs[$!]=$WORK/$2.log
            fi
            shift 2
        done
        sleep 0.1
        for pid in "${!titles[@]}"; do
            if kill -0 "$pid" 2>/dev/null; then continue; fi
            printf '\n===== %s =====\n' "${titles[$pid]}"
            report "$pid" "${titles[$pid]}" "${logs[$pid]}" $((SECONDS - began[$pid])) || failed+=("${titles[$pid]}")
            unset "titles[$pid]"
        done
    done
    if [ ${#failed[@]} -gt 0 ]; then
        NOW=$(printf '%s; ' "${failed[@]}") NOW=${NOW%; }
        return 1
    fi
}

report() { # pid, title, log, seconds: what a stage that has ended printed; its status
    local status=0
    wait "$1" || status=$?
    cat "$3"
    note_seconds "$2, beside another" "$4"
    [ $status = 0 ] || printf -- '##### %s: status %d\n' "$2" $status
    return $status
}

loud() { # what was not as it should be, printed here and again at the end
    printf '!!!!! %s\n' "$1" | tee -a "$WORK/loud"
}

summary() { # the seconds of every stage, and what was not as it should be
    printf '\n===== seconds by stage =====\n'
    cat "$WORK/seconds"
    printf '\n===== all stages passed in %d s =====\n' $SECONDS
    cat "$WORK/loud"
}
