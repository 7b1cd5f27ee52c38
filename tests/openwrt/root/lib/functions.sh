# Stands in for OpenWrt's /lib/functions.sh: the part that reads UCI. A file of /etc/config is a shell script here, with
# `config`, `option` and `list` as its commands; OpenWrt gets there by way of `uci export`.

reset_cb() {
	config_cb() { :; }
	option_cb() { :; }
	list_cb() { :; }
}
reset_cb

config_load() {
	CONFIG_SECTIONS=
	[ ! -e "/etc/config/$1" ] || . "/etc/config/$1"
	config_cb
}

config() {
	set -- "$1" "${2:-cfg$(echo "$CONFIG_SECTIONS" | wc -w)_$1}"
	CONFIG_SECTION=$2
	CONFIG_SECTIONS="$CONFIG_SECTIONS $2"
	eval "$(set | sed -n "s/^\(CONFIG_$2_[A-Za-z0-9_]*\)=.*/unset \1;/p")"
	config_set "$2" TYPE "$1"
	config_cb "$1" "$2"
}

config_set() { eval "CONFIG_$1_$2=\$3"; }

option() {
	config_set "$CONFIG_SECTION" "$1" "$2"
	option_cb "$1" "$2"
}

list() {
	local n all
	config_get n "$CONFIG_SECTION" "$1_LENGTH" 0
	config_get all "$CONFIG_SECTION" "$1"
	n=$((n + 1))
	config_set "$CONFIG_SECTION" "$1_ITEM$n" "$2"
	config_set "$CONFIG_SECTION" "$1_LENGTH" "$n"
	config_set "$CONFIG_SECTION" "$1" "${all:+$all }$2"
	list_cb "$1" "$2"
}

config_get() { eval "$1=\${CONFIG_$2_$3:-\$4}"; }

get_bool() {
	case "$1" in
	1 | on | true | yes | enabled) echo 1 ;;
	0 | off | false | no | disabled) echo 0 ;;
	*) echo "$2" ;;
	esac
}

config_get_bool() {
	local it
	config_get it "$2" "$3" "$4"
	eval "$1=\$(get_bool \"\$it\" \"\$4\")"
}

config_foreach() {
	local call=$1 type=$2 each its
	shift 2
	for each in $CONFIG_SECTIONS; do
		config_get its "$each" TYPE
		[ "$its" != "$type" ] || "$call" "$each" "$@"
	done
}

config_list_foreach() {
	local of=$1 name=$2 call=$3 at=1 n each
	shift 3
	config_get n "$of" "${name}_LENGTH" 0
	while [ "$at" -le "$n" ]; do
		config_get each "$of" "${name}_ITEM$at"
		"$call" "$each" "$@"
		at=$((at + 1))
	done
}

append() { eval "$1=\"\${$1:+\$$1\${3:- }}\$2\""; }

list_contains() {
	local all
	eval "all=\$$1"
	case " $all " in *" $2 "*) return 0 ;; esac
	return 1
}
