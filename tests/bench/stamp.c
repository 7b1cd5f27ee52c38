/*
 * stamp FILE PROGRAM [ARG...]: writes the time (CLOCK_REALTIME, nanoseconds) into the file and becomes the
 * program, so that what a starting program needs is measured without what starting it costs the bench.
 */
#include <err.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec t;
    if (argc < 3)
        errx(2, "usage: stamp FILE PROGRAM [ARG...]");
    FILE *f = fopen(argv[1], "w");
    if (!f)
        err(1, "%s", argv[1]);
    clock_gettime(CLOCK_REALTIME, &t);
    fprintf(f, "%lld\n", (long long)t.tv_sec * 1000000000 + t.tv_nsec);
    fclose(f);
    execv(argv[2], argv + 2);
    err(1, "%s", argv[2]);
}
