/*
 * Runs a fuzz target over files, under any compiler and without libFuzzer: how the
 * normal tests run the committed corpora, and how a finding is looked at in a debugger.
 *
 *      replay FOLDER-OR-FILE...
 *
 * Each file goes through LLVMFuzzerTestOneInput() once, in a buffer of exactly its
 * size. Ends with status 1 where there was no file at all: a corpus that got lost
 * must not pass for one that passed.
 */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

static unsigned n_files;

static void run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(1);
    }
    size_t size = 0, room = 1 << 16;
    uint8_t *data = malloc(room);
    size_t n;
    while (data && (n = fread(data + size, 1, room - size, f)) > 0) {
        size += n;
        if (size == room)
            data = realloc(data, room *= 2);
    }
    fclose(f);
    uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees each step beyond its end */
    if (!data || !exact)
        exit(1);
    memcpy(exact, data, size);
    free(data);
    fprintf(stderr, "%s\n", path); /* the last one named is the one that failed */
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    n_files++;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void run_folder(const char *path)
{
    struct dirent **names = NULL;
    int n = scandir(path, &names, NULL, by_name);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            char file[4096];
            snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
            run_file(file);
        }
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
            run_folder(argv[i]);
        else
            run_file(argv[i]);
    }
    fprintf(stderr, "%u files\n", n_files);
    return n_files == 0;
}
