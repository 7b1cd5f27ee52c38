# Stands in for OpenWrt's network.sh: a line NETWORK DEVICE in /networks for each network that is up.
network_flush_cache() { :; }
network_get_device() {
	local it
	it=$(sed -n "s/^$2 //p" /networks)
	eval "$1=\$it"
	[ -n "$it" ]
}
