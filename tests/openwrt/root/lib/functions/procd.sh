# Stands in for procd: each call becomes a line in /calls, as it was made.
record() { echo "$*" >>/calls; }

for call in procd_open_instance procd_close_instance procd_set_param procd_add_jail procd_add_jail_mount \
	procd_add_jail_mount_rw procd_open_data procd_close_data procd_add_reload_trigger procd_add_interface_trigger \
	procd_set_config_changed procd_open_service procd_kill json_add_array json_close_array json_add_object \
	json_close_object json_add_string; do
	eval "$call() { record $call \"\$@\"; }"
done

procd_close_service() {
	! type service_triggers >/dev/null 2>&1 || service_triggers
	record procd_close_service
}
