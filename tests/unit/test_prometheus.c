/* cli/prometheus.c: objects of the daemon as Prometheus reads them. */
#include "kit.h"

#include "prometheus.h"

static char *print(struct prometheus *p)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    prometheus_print(p, f);
    fclose(f);
    prometheus_free(p);
    return text;
}

static void add(struct prometheus *p, enum prometheus_of of, const char *line)
{
    assert_true(prometheus_add(p, of, line, strlen(line)));
}

static void samples_of_a_metric_stand_together_after_its_help_and_type(void **state)
{
    (void)state;
    struct prometheus p = {0};
    add(&p, PROMETHEUS_NEIGH, "{\"address\":\"fe80::1\",\"interface\":\"eth0\",\"routes\":3,\"packets\":7}");
    add(&p, PROMETHEUS_NEIGH, "{\"address\":\"fe80::1\",\"interface\":\"eth1\",\"routes\":0,\"packets\":8}");
    char *text = print(&p);
    assert_string_equal(text, "# HELP ripngd_neighbor_routes Routes learned from it.\n"
                              "# TYPE ripngd_neighbor_routes gauge\n"
                              "ripngd_neighbor_routes{address=\"fe80::1\",interface=\"eth0\"} 3\n"
                              "ripngd_neighbor_routes{address=\"fe80::1\",interface=\"eth1\"} 0\n"
                              "# HELP ripngd_neighbor_packets_total Packets heard from it.\n"
                              "# TYPE ripngd_neighbor_packets_total counter\n"
                              "ripngd_neighbor_packets_total{address=\"fe80::1\",interface=\"eth0\"} 7\n"
                              "ripngd_neighbor_packets_total{address=\"fe80::1\",interface=\"eth1\"} 8\n");
    free(text);
}

static void labels_are_escaped(void **state)
{
    (void)state;
    struct prometheus p = {0};
    add(&p, PROMETHEUS_INTERFACE, "{\"name\":\"a\\\"b\\\\c\\nd\",\"up\":true}");
    char *text = print(&p);
    assert_non_null(strstr(text, "\nripngd_interface_up{interface=\"a\\\"b\\\\c?d\"} 1\n"));
    free(text);
}

static void drops_have_a_label_each(void **state)
{
    (void)state;
    struct prometheus p = {0};
    add(&p, PROMETHEUS_INTERFACE, "{\"name\":\"eth0\",\"up\":false,\"drops\":{\"hop-limit\":2,\"port\":1}}");
    char *text = print(&p);
    assert_non_null(strstr(text, "\nripngd_interface_up{interface=\"eth0\"} 0\n"));
    assert_non_null(strstr(text, "counter\n"
                                 "ripngd_interface_drops_total{interface=\"eth0\",reason=\"hop-limit\"} 2\n"
                                 "ripngd_interface_drops_total{interface=\"eth0\",reason=\"port\"} 1\n"));
    free(text);
}

static void what_is_null_or_no_number_is_left_out(void **state)
{
    (void)state;
    struct prometheus p = {0};
    add(&p, PROMETHEUS_STATUS,
        "{\"version\":\"1.2\",\"uptime\":\"long\",\"kernel_retry_in\":null,\"drops\":{},\"timers\":{"
        "\"update\":0.5}}");
    char *text = print(&p);
    assert_string_equal(text, "# HELP ripngd_build_info The daemon's version; the value is always 1.\n"
                              "# TYPE ripngd_build_info gauge\n"
                              "ripngd_build_info{version=\"1.2\"} 1\n"
                              "# HELP ripngd_update_interval_seconds Setting: time between regular updates.\n"
                              "# TYPE ripngd_update_interval_seconds gauge\n"
                              "ripngd_update_interval_seconds 0.5\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_of_a_metric_stand_together_after_its_help_and_type),
        cmocka_unit_test(labels_are_escaped),
        cmocka_unit_test(drops_have_a_label_each),
        cmocka_unit_test(what_is_null_or_no_number_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
