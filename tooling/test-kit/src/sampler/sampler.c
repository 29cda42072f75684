/*
 * Reads /proc/PID/cmdline and /proc/PID/environ of every process that was not there at its start, over and over, and looks for strings.
 * Ends with its input. Prints JSON.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 18];
static char seen[256][512];
static int seen_count;
static unsigned long known[1 << 22];
static unsigned char old[1 << 22];

static char program[64];
static int owner;

static long slurp(const char *path) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  long n = read(fd, buffer, sizeof buffer);
  if (n > 0) owner = fstat(fd, &st) ? -1 : (int)st.st_uid;
  close(fd);
  return n < 0 ? 0 : n;
}

static void note(const char *where, const char *pid, int needle) {
  char comm[64] = "", line[512], path[300];
  snprintf(path, sizeof path, "/proc/%s/comm", pid);
  int fd = open(path, O_RDONLY);
  if (fd >= 0) { long n = read(fd, comm, sizeof comm - 1); if (n > 0) comm[n - 1] = 0; close(fd); }
  /* It may have ended since it was read: then its first argument names it. */
  snprintf(line, sizeof line, "%s %s uid=%d needle=%d", where, *comm ? comm : program, owner, needle);
  for (int i = 0; i < seen_count; i++) if (!strcmp(seen[i], line)) return;
  if (seen_count < 256) strcpy(seen[seen_count++], line);
}

int main(int argc, char **argv) {
  /* The strings come on standard input, each with its length: this process's own cmdline must not hold them. */
  char *needles[512];
  int lengths[512], count = 0, length;
  (void)argc; (void)argv;
  while (count < 512 && scanf("%d", &length) == 1 && length > 0) {
    getchar();
    needles[count] = malloc(length);
    if (fread(needles[count], 1, length, stdin) != (size_t)length) return 2;
    lengths[count++] = length;
  }
  getchar();
  /* Where other tests share the cores, 500 rounds a second need to be asked for. */
  setpriority(PRIO_PROCESS, 0, -19);
  DIR *first = opendir("/proc");
  for (struct dirent *e; first && (e = readdir(first));) if (isdigit(e->d_name[0])) old[atoi(e->d_name) & ((1 << 22) - 1)] = 1;
  if (first) closedir(first);
  long rounds = 0, read_ = 0;
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  printf("ready\n"); fflush(stdout);
  for (;;) {
    struct pollfd p = {0, POLLIN, 0};
    if (poll(&p, 1, 0) > 0) break;
    DIR *d = opendir("/proc");
    struct dirent *e;
    while (d && (e = readdir(d))) {
      if (!isdigit(e->d_name[0]) || old[atoi(e->d_name) & ((1 << 22) - 1)]) continue;
      for (int kind = 0; kind < 2; kind++) {
        char path[300];
        snprintf(path, sizeof path, "/proc/%s/%s", e->d_name, kind ? "environ" : "cmdline");
        long n = slurp(path);
        if (n > 0) read_++;
        if (kind == 0) {
          buffer[n < (long)sizeof buffer ? n : (long)sizeof buffer - 1] = 0;
          const char *slash = strrchr(buffer, '/');
          snprintf(program, sizeof program, "%s", slash ? slash + 1 : buffer);
          for (char *c = program; *c; c++) if (*c < ' ' || *c == '"' || *c == '\\') *c = '?';
          /* An environment is that of the last exec, which the arguments show. */
          unsigned long hash = 1469598103934665603UL, *was = &known[atoi(e->d_name) & ((1 << 22) - 1)];
          for (long i = 0; i < n; i++) hash = (hash ^ (unsigned char)buffer[i]) * 1099511628211UL;
          if (*was == hash && rounds % 16) break;
          *was = hash;
        }
        for (int i = 0; n > 0 && i < count; i++) if (memmem(buffer, n, needles[i], lengths[i])) note(kind ? "environ" : "cmdline", e->d_name, i);
      }
    }
    if (d) closedir(d);
    rounds++;
  }
  clock_gettime(CLOCK_MONOTONIC, &b);
  double s = (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) / 1e9;
  printf("{\"rounds\":%ld,\"read\":%ld,\"seconds\":%.3f,\"seen\":[", rounds, read_, s);
  for (int i = 0; i < seen_count; i++) printf("%s\"%s\"", i ? "," : "", seen[i]);
  printf("]}\n");
  return 0;
}
