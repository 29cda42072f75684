/* Opens FILE as fast as it is told until its input ends, and tells what it met: what a web server would have met. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  long reads = 0, missing = 0, other = 0, switches = 0;
  int last_error = 0;
  ino_t last = 0;
  struct timespec pause = {0, atol(argv[2]) * 1000};
  struct pollfd input = {.fd = 0, .events = POLLIN};
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (;;) {
    if (reads % 64 == 0 && poll(&input, 1, 0) > 0) break;
    reads++;
    int file = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      if (errno == ENOENT) missing++;
      else other++, last_error = errno;
    } else {
      struct stat seen;
      if (fstat(file, &seen) == 0 && seen.st_ino != last) {
        if (last) switches++;
        last = seen.st_ino;
      }
      close(file);
    }
    if (reads == 1) puts(""), fflush(stdout); /* It looks. */
    if (pause.tv_nsec) nanosleep(&pause, NULL);
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  double seconds = end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9;
  printf("{\"reads\":%ld,\"missing\":%ld,\"otherErrors\":%ld,\"lastError\":\"%s\",\"switches\":%ld,\"perSecond\":%.0f}\n", reads, missing,
         other, last_error ? strerror(last_error) : "", switches, reads / seconds);
  return 0;
}
