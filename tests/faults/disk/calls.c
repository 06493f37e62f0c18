/* The calls that are stood between. The system itself is always asked directly, never through the C library. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "layer.h"

/* A call under way: what is done to it, and what it came to. */
struct call {
  struct place *place;
  struct record record;
  bool faulty;
  struct fault fault;
};

static void end_process(void) {
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  for (;;) pause();
}

/* Takes the disk and decides. False when the call is not to be carried out. */
static bool begin(struct call *call, struct place *place, enum kind kind) {
  *call = (struct call){.place = place, .record = {.kind = kind, .path = place->path, .inode = place->inode}};
  pthread_mutex_lock(&place->disk->lock);
  read_rules(place->disk);
  call->faulty = rule_for(place->disk, kind, place->path, &call->fault);
  if (!call->faulty) return true;
  switch (call->fault.action) {
    case STALL:
      /* Whoever comes meanwhile is not held up by this one. */
      pthread_mutex_unlock(&place->disk->lock);
      for (unsigned left = call->fault.amount; left;) left = sleep(left);
      pthread_mutex_lock(&place->disk->lock);
      return true;
    case DIE:
      end_process();
      return false;
    case FAIL:
      return false;
    case PART:
      return kind == WRITE && call->fault.amount > 0;
    case LIE:
      return kind != FSYNC && kind != FDATASYNC && kind != SYNCFS && kind != DIRSYNC;
    default:
      return true;
  }
}

/* Notes what was done and gives what the program is told. */
static long end(struct call *call, bool carried_out, long result) {
  int error = carried_out && result < 0 ? errno : 0;
  bool done = carried_out && !error;
  call->record.flags = done ? CARRIED_OUT : 0;
  if (call->faulty) switch (call->fault.action) {
      case FAIL:
      case AFTER:
      case PART:
        error = call->fault.error;
        break;
      case LIE:
        if (!carried_out) call->record.flags = LIED, result = 0;
        break;
      default:
        break;
    }
  call->record.error = error;
  enum kind kind = call->record.kind;
  bool failed_sync = error && (kind == FSYNC || kind == FDATASYNC || kind == SYNCFS || kind == DIRSYNC);
  bool quiet = kind == OPEN || kind == READ || kind == STATVFS;
  if (!quiet && (done || failed_sync || call->record.flags & LIED)) note(call->place->disk, &call->record);
  if (call->faulty && call->fault.action == DIE_AFTER) end_process();
  pthread_mutex_unlock(&call->place->disk->lock);
  if (!error) return result;
  errno = error;
  return -1;
}

/* As much of a write as its fault lets through. */
static size_t bytes_let_through(const struct call *call, size_t len) {
  bool cut = call->faulty && (call->fault.action == PART || call->fault.action == SHORT);
  return cut && (size_t)call->fault.amount < len ? (size_t)call->fault.amount : len;
}

static void note_unseen(struct place *place, const char *what) {
  struct record record = {.kind = UNSEEN, .flags = CARRIED_OUT, .path = place->path, .second = what};
  note(place->disk, &record);
}

static void unseen(struct place *place, const char *what) {
  pthread_mutex_lock(&place->disk->lock);
  note_unseen(place, what);
  pthread_mutex_unlock(&place->disk->lock);
}

/* --- names --- */

static int open_at(int directory, const char *path, int flags, mode_t mode) {
  struct place place;
  if (!place_of_path(directory, path, &place)) return syscall(SYS_openat, directory, path, flags, mode);
  bool made = (flags & O_CREAT) && !place.inode, cut = (flags & O_TRUNC) && place.inode && !place.directory;
  struct call call;
  bool go = begin(&call, &place, made ? CREATE : cut ? TRUNCATE : OPEN);
  long fd = go ? syscall(SYS_openat, directory, path, flags, mode) : -1;
  struct stat stat;
  if (fd >= 0 && made && !syscall(SYS_fstat, fd, &stat)) call.record.inode = stat.st_ino;
  if ((flags & O_TMPFILE) == O_TMPFILE) note_unseen(&place, "O_TMPFILE");
  long told = end(&call, go, fd);
  if (told < 0 && fd >= 0) syscall(SYS_close, fd);
  return told;
}

static mode_t mode_of(int flags, va_list *arguments) {
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(*arguments, mode_t) : 0;
}

#define OPENS(name, directory, ...)                         \
  int name(__VA_ARGS__, const char *path, int flags, ...) { \
    va_list arguments;                                      \
    va_start(arguments, flags);                             \
    mode_t mode = mode_of(flags, &arguments);               \
    va_end(arguments);                                      \
    return open_at(directory, path, flags, mode);           \
  }
OPENS(openat, at, int at)
OPENS(openat64, at, int at)

#define OPENS_HERE(name)                                \
  int name(const char *path, int flags, ...) {          \
    va_list arguments;                                  \
    va_start(arguments, flags);                         \
    mode_t mode = mode_of(flags, &arguments);           \
    va_end(arguments);                                  \
    return open_at(AT_FDCWD, path, flags, mode);        \
  }
OPENS_HERE(open)
OPENS_HERE(open64)

int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
  struct place place, target;
  bool ours = place_of_path(from_at, from, &place), there = place_of_path(to_at, to, &target);
  if (!ours || !there) {
    if (ours) unseen(&place, "a rename to elsewhere");
    if (there) unseen(&target, "a rename from elsewhere");
    return syscall(SYS_renameat2, from_at, from, to_at, to, flags);
  }
  struct call call;
  bool go = begin(&call, &place, RENAME);
  call.record.second = target.path;
  return end(&call, go, go ? syscall(SYS_renameat2, from_at, from, to_at, to, flags) : -1);
}
int renameat(int from_at, const char *from, int to_at, const char *to) { return renameat2(from_at, from, to_at, to, 0); }
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int directory, const char *path, int flags) {
  struct place place;
  if (!place_of_path(directory, path, &place)) return syscall(SYS_unlinkat, directory, path, flags);
  struct call call;
  bool go = begin(&call, &place, flags & AT_REMOVEDIR ? RMDIR : UNLINK);
  return end(&call, go, go ? syscall(SYS_unlinkat, directory, path, flags) : -1);
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int directory, const char *path, mode_t mode) {
  struct place place;
  if (!place_of_path(directory, path, &place)) return syscall(SYS_mkdirat, directory, path, mode);
  struct call call;
  bool go = begin(&call, &place, MKDIR);
  long result = go ? syscall(SYS_mkdirat, directory, path, mode) : -1;
  struct stat stat;
  if (go && !result && !syscall(SYS_newfstatat, directory, path, &stat, 0)) call.record.inode = stat.st_ino;
  return end(&call, go, result);
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
  struct place place;
  if (place_of_path(to_at, to, &place)) unseen(&place, "link");
  return syscall(SYS_linkat, from_at, from, to_at, to, flags);
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
int symlinkat(const char *to, int directory, const char *path) {
  struct place place;
  if (place_of_path(directory, path, &place)) unseen(&place, "symlink");
  return syscall(SYS_symlinkat, to, directory, path);
}
int symlink(const char *to, const char *path) { return symlinkat(to, AT_FDCWD, path); }

/* --- bytes --- */

static ssize_t write_to(int fd, const void *bytes, size_t len, off_t offset, bool moves) {
  struct place place;
  if (!place_of_fd(fd, &place))
    return moves ? syscall(SYS_write, fd, bytes, len) : syscall(SYS_pwrite64, fd, bytes, len, offset);
  struct call call;
  bool go = begin(&call, &place, WRITE);
  if (moves) {
    struct stat stat;
    bool appends = syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND;
    offset = appends && !syscall(SYS_fstat, fd, &stat) ? stat.st_size : syscall(SYS_lseek, fd, 0, SEEK_CUR);
  }
  len = bytes_let_through(&call, len);
  ssize_t result = -1;
  if (go) result = moves ? syscall(SYS_write, fd, bytes, len) : syscall(SYS_pwrite64, fd, bytes, len, offset);
  call.record.offset = offset;
  call.record.data = bytes;
  call.record.len = result > 0 ? result : 0;
  return end(&call, go, result);
}
ssize_t write(int fd, const void *bytes, size_t len) { return write_to(fd, bytes, len, 0, true); }
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset) { return write_to(fd, bytes, len, offset, false); }
ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t offset) { return write_to(fd, bytes, len, offset, false); }

/* Only the first piece, as the system may: the caller goes on with the rest. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  struct place place;
  if (!place_of_fd(fd, &place)) return syscall(SYS_writev, fd, parts, count);
  while (count > 1 && !parts->iov_len) parts++, count--;
  return write_to(fd, parts->iov_base, parts->iov_len, 0, true);
}
static ssize_t writev_at(int fd, const struct iovec *parts, int count, off_t offset) {
  struct place place;
  if (!place_of_fd(fd, &place)) return syscall(SYS_pwritev, fd, parts, count, offset, 0);
  while (count > 1 && !parts->iov_len) parts++, count--;
  return write_to(fd, parts->iov_base, parts->iov_len, offset, false);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return writev_at(fd, parts, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) { return writev_at(fd, parts, count, offset); }

static ssize_t read_from(int fd, void *bytes, size_t len, off_t offset, bool moves) {
  struct place place;
  if (!place_of_fd(fd, &place))
    return moves ? syscall(SYS_read, fd, bytes, len) : syscall(SYS_pread64, fd, bytes, len, offset);
  struct call call;
  bool go = begin(&call, &place, READ);
  ssize_t result = -1;
  if (go) result = moves ? syscall(SYS_read, fd, bytes, len) : syscall(SYS_pread64, fd, bytes, len, offset);
  return end(&call, go, result);
}
ssize_t read(int fd, void *bytes, size_t len) { return read_from(fd, bytes, len, 0, true); }
ssize_t pread(int fd, void *bytes, size_t len, off_t offset) { return read_from(fd, bytes, len, offset, false); }
ssize_t pread64(int fd, void *bytes, size_t len, off_t offset) { return read_from(fd, bytes, len, offset, false); }

int ftruncate(int fd, off_t len) {
  struct place place;
  if (!place_of_fd(fd, &place)) return syscall(SYS_ftruncate, fd, len);
  struct call call;
  bool go = begin(&call, &place, TRUNCATE);
  call.record.offset = len;
  return end(&call, go, go ? syscall(SYS_ftruncate, fd, len) : -1);
}
int ftruncate64(int fd, off_t len) { return ftruncate(fd, len); }

int truncate(const char *path, off_t len) {
  struct place place;
  if (!place_of_path(AT_FDCWD, path, &place)) return syscall(SYS_truncate, path, len);
  struct call call;
  bool go = begin(&call, &place, TRUNCATE);
  call.record.offset = len;
  return end(&call, go, go ? syscall(SYS_truncate, path, len) : -1);
}
int truncate64(const char *path, off_t len) { return truncate(path, len); }

static void *map(void *at, size_t len, int protection, int flags, int fd, off_t offset) {
  struct place place;
  bool writes = (flags & MAP_SHARED) && (protection & PROT_WRITE) && fd >= 0;
  if (writes && place_of_fd(fd, &place)) {
    /* SQLite's shared memory is lost with the machine and made anew: that is what it is for. */
    size_t path_len = strlen(place.path);
    if (path_len < 4 || strcmp(place.path + path_len - 4, "-shm")) unseen(&place, "a mapping for writing");
  }
  return (void *)syscall(SYS_mmap, at, len, protection, flags, fd, offset);
}
void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset) {
  return map(at, len, protection, flags, fd, offset);
}
void *mmap64(void *at, size_t len, int protection, int flags, int fd, off_t offset) {
  return map(at, len, protection, flags, fd, offset);
}

static void unseen_fd(int fd, const char *what) {
  struct place place;
  if (place_of_fd(fd, &place)) unseen(&place, what);
}
int fallocate(int fd, int mode, off_t offset, off_t len) {
  /* Room held ready behind the end, alone: neither bytes nor length change, so there is nothing that a crash could leave of it. */
  if (mode != FALLOC_FL_KEEP_SIZE) unseen_fd(fd, "fallocate");
  return syscall(SYS_fallocate, fd, mode, offset, len);
}
int fallocate64(int fd, int mode, off_t offset, off_t len) { return fallocate(fd, mode, offset, len); }
int posix_fallocate(int fd, off_t offset, off_t len) { return fallocate(fd, 0, offset, len) ? errno : 0; }
int posix_fallocate64(int fd, off_t offset, off_t len) { return posix_fallocate(fd, offset, len); }
ssize_t copy_file_range(int in, off_t *in_at, int out, off_t *out_at, size_t len, unsigned flags) {
  unseen_fd(out, "copy_file_range");
  return syscall(SYS_copy_file_range, in, in_at, out, out_at, len, flags);
}
ssize_t sendfile(int out, int in, off_t *at, size_t len) {
  unseen_fd(out, "sendfile");
  return syscall(SYS_sendfile, out, in, at, len);
}
ssize_t sendfile64(int out, int in, off_t *at, size_t len) { return sendfile(out, in, at, len); }

/* --- making durable --- */

static int sync_fd(int fd, long number, enum kind kind) {
  struct place place;
  if (!place_of_fd(fd, &place)) return syscall(number, fd);
  if (kind != SYNCFS && place.directory) kind = DIRSYNC;
  struct call call;
  bool go = begin(&call, &place, kind);
  return end(&call, go, go ? syscall(number, fd) : -1);
}
int fsync(int fd) { return sync_fd(fd, SYS_fsync, FSYNC); }
int fdatasync(int fd) { return sync_fd(fd, SYS_fdatasync, FDATASYNC); }
int syncfs(int fd) { return sync_fd(fd, SYS_syncfs, SYNCFS); }

/* --- room --- */

static int measure(struct place *place, long (*ask)(const void *, struct statfs *), const void *what, struct statvfs *out) {
  struct call call;
  struct statfs found;
  bool go = begin(&call, place, STATVFS);
  long result = go ? ask(what, &found) : -1;
  if (!result)
    *out = (struct statvfs){
        .f_bsize = found.f_bsize,
        .f_frsize = found.f_frsize ? found.f_frsize : found.f_bsize,
        .f_blocks = found.f_blocks,
        .f_bfree = found.f_bfree,
        .f_bavail = found.f_bavail,
        .f_files = found.f_files,
        .f_ffree = found.f_ffree,
        .f_favail = found.f_ffree,
        .f_namemax = found.f_namelen,
    };
  return end(&call, go, result);
}
static long ask_path(const void *path, struct statfs *out) { return syscall(SYS_statfs, path, out); }
static long ask_fd(const void *fd, struct statfs *out) { return syscall(SYS_fstatfs, *(const int *)fd, out); }

int statvfs(const char *path, struct statvfs *out) {
  struct place place;
  if (!place_of_path(AT_FDCWD, path, &place)) place.disk = NULL;
  if (place.disk) return measure(&place, ask_path, path, out);
  struct statfs found;
  if (ask_path(path, &found)) return -1;
  *out = (struct statvfs){.f_bsize = found.f_bsize, .f_frsize = found.f_frsize, .f_blocks = found.f_blocks,
                          .f_bfree = found.f_bfree, .f_bavail = found.f_bavail, .f_files = found.f_files,
                          .f_ffree = found.f_ffree, .f_favail = found.f_ffree, .f_namemax = found.f_namelen};
  return 0;
}
int statvfs64(const char *path, struct statvfs64 *out) { return statvfs(path, (struct statvfs *)out); }
int fstatvfs(int fd, struct statvfs *out) {
  char link[64];
  struct place place;
  if (place_of_fd(fd, &place)) return measure(&place, ask_fd, &fd, out);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  return statvfs(link, out);
}
int fstatvfs64(int fd, struct statvfs64 *out) { return fstatvfs(fd, (struct statvfs *)out); }
