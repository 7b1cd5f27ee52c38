# Stands in for libubox' jshn.sh: objects of strings, one level deep.
json_init() { json_made=; }
json_add_string() {
	json_made="$json_made${json_made:+, }\"$1\": \"$(echo "$2" | sed 's/["\\]/\\&/g' | tr '\n' ' ')\""
}
json_dump() { echo "{ $json_made }"; }
json_load() {
	json_given=$1
	case "$1" in "{"*"}") return 0 ;; esac
	return 1
}
json_get_var() {
	local it
	it=$(echo "$json_given" | sed -n "s/.*\"$2\": *\"\([^\"]*\)\".*/\1/p")
	eval "$1=\$it"
	[ -n "$it" ]
}
