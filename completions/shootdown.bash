# bash completion for shootdown, made by script/completions from the program's own help; edit that
_shootdown_names() {
	shootdown "$1" --json - 2>/dev/null | sed -n "s/^[[:space:]]*\"$2\":[[:space:]]*\"\([^\"]*\)\".*/\1/p"
}

_shootdown() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} head options
	COMPREPLY=()
	if [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	[ "$word" != = ] || word=
	head=${word%"${word##*,}"}
	case $previous in
	--policy) COMPREPLY=($(compgen -W "linux-6.1 ours" -- "$word")) && return ;;
	-a | --arch) COMPREPLY=($(compgen -P "$head" -W "$(_shootdown_names arch architecture) all" -- "${word##*,}")) && return ;;
	-w | --without) COMPREPLY=($(compgen -P "$head" -W "$(_shootdown_names rules rule)" -- "${word##*,}")) && return ;;
	--search) COMPREPLY=($(compgen -W "states traces" -- "$word")) && return ;;
	--svg | -o | --output) COMPREPLY=($(compgen -d -- "$word")) && return ;;
	--html | --json | --checkpoint | --resume) COMPREPLY=($(compgen -f -- "$word")) && return ;;
	esac
	if [ "$COMP_CWORD" = 1 ]; then
		COMPREPLY=($(compgen -W "check replay sweep join matrix rules arch count --help --version" -- "$word"))
		return
	fi
	case $command in
	check) options="--arch --checkpoint --checkpoint-every --resume --shard --without --bound --depth --jobs --max-executions --max-seconds --max-states --no-reduction --random --search --seed --html --json --steps --svg --verbose --progress --quiet --help --usage --version" ;;
	replay) options="--arch --expect --steps --trace --without --help --usage --version" ;;
	sweep) options="--arch --pairs --shard --triples --without --bound --depth --jobs --max-executions --max-seconds --max-states --no-reduction --random --search --seed --html --json --list --output --print --steps --verbose --progress --quiet --help --usage --version" ;;
	join) options="--html --json --steps --verbose --help --usage --version" ;;
	matrix) options="--arch --bound --depth --jobs --max-executions --max-seconds --max-states --no-reduction --random --search --seed --progress --quiet --help --usage --version" ;;
	rules) options="--json --help --usage --version" ;;
	arch) options="--json --help --usage --version" ;;
	count) options="--arch --ceiling --devices --pages --policy --threads --json --help --usage --version" ;;
	*) options= ;;
	esac
	case $word in
	-*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
	*)
		case $command in
		rules) COMPREPLY=($(compgen -W "$(_shootdown_names rules rule)" -- "$word")) ;;
		arch) COMPREPLY=($(compgen -W "$(_shootdown_names arch architecture)" -- "$word")) ;;
		count) COMPREPLY=($(compgen -W "S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11" -- "$word")) ;;
		join) COMPREPLY=($(compgen -o plusdirs -f -X '!*.json' -- "$word")) ;;
		sweep) ;;
		*) COMPREPLY=($(compgen -o plusdirs -f -X '!*.litmus' -- "$word")) ;;
		esac
		;;
	esac
}
complete -o filenames -F _shootdown shootdown
