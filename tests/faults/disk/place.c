/* Which disk a path or a descriptor belongs to. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "layer.h"

static struct disk *disks[MAX_DISKS];
static int disk_count;
static pthread_mutex_t disks_lock = PTHREAD_MUTEX_INITIALIZER;

static const char *top_directory;

__attribute__((constructor)) static void find_root(void) {
  const char *from = getenv("CANDOUR_FAULTY_ROOT");
  top_directory = from && *from ? realpath(from, NULL) : NULL;
}

const char *root(void) { return top_directory; }

static struct disk *disk_named(const char *name, size_t len) {
  pthread_mutex_lock(&disks_lock);
  struct disk *found = NULL;
  /* The newest first: they are the ones in use. */
  for (int at = disk_count - 1; at >= 0 && !found; at--)
    if (strlen(disks[at]->name) == len && !memcmp(disks[at]->name, name, len)) found = disks[at];
  if (!found) {
    if (disk_count == MAX_DISKS || !(found = calloc(1, sizeof *found))) {
      /* To let a disk pass unwatched would be worse. */
      fprintf(stderr, "faulty disk: too many disks\n");
      abort();
    }
    memcpy(found->name, name, len);
    pthread_mutex_init(&found->lock, NULL);
    open_journal(found);
    disks[disk_count++] = found;
  }
  pthread_mutex_unlock(&disks_lock);
  return found;
}

/* `absolute` without symbolic links, dots and doubled slashes before its last name. */
static bool place_of_absolute(const char *absolute, struct place *place) {
  const char *top = root();
  size_t len = strlen(top);
  if (strncmp(absolute, top, len) || absolute[len] != '/') return false;
  const char *name = absolute + len + 1;
  size_t name_len = strcspn(name, "/");
  if (!name_len || name_len >= NAME || memchr(name, '.', name_len)) return false;
  if (!(place->disk = disk_named(name, name_len))) return false;
  const char *rest = name + name_len;
  snprintf(place->path, sizeof place->path, "%s", *rest ? rest + 1 : rest);
  return true;
}

static void look(int directory, const char *path, struct place *place) {
  struct stat stat;
  bool there = !syscall(SYS_newfstatat, directory, path, &stat, AT_SYMLINK_NOFOLLOW);
  place->inode = there ? stat.st_ino : 0;
  place->directory = there && S_ISDIR(stat.st_mode);
}

bool place_of_path(int directory, const char *path, struct place *place) {
  if (!root() || !path || !*path) return false;
  int before = errno;
  char joined[PATH_MAX], plain[PATH_MAX];
  if (*path == '/') {
    snprintf(joined, sizeof joined, "%s", path);
  } else {
    char link[64], from[PATH_MAX];
    snprintf(link, sizeof link, directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", directory);
    ssize_t len = syscall(SYS_readlinkat, AT_FDCWD, link, from, sizeof from - 1);
    from[len > 0 ? len : 0] = 0;
    if (snprintf(joined, sizeof joined, "%s/%s", from, path) >= (int)sizeof joined) return errno = before, false;
  }
  if (strstr(joined, "/.") || strstr(joined, "//")) {
    /* Hidden names begin with a dot too: only what lies before the last name is made plain. */
    char *last = strrchr(joined, '/');
    if (last > joined) *last = 0;
    if (realpath(joined, plain) && strlen(plain) + strlen(last + 1) + 2 < sizeof joined) {
      char name[NAME_MAX + 1];
      snprintf(name, sizeof name, "%s", last + 1);
      snprintf(joined, sizeof joined, "%s/%s", plain, name);
    } else if (last > joined) {
      *last = '/';
    }
  }
  size_t len = strlen(joined);
  if (len > 1 && joined[len - 1] == '/') joined[len - 1] = 0;
  bool found = place_of_absolute(joined, place);
  if (found) look(AT_FDCWD, joined, place);
  errno = before;
  return found;
}

bool place_of_fd(int fd, struct place *place) {
  if (!root()) return false;
  int before = errno;
  struct stat stat;
  bool found = false;
  if (!syscall(SYS_fstat, fd, &stat) && (S_ISREG(stat.st_mode) || S_ISDIR(stat.st_mode))) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = 0;
    found = place_of_absolute(path, place);
    place->inode = stat.st_ino;
    place->directory = S_ISDIR(stat.st_mode);
  }
  errno = before;
  return found;
}
