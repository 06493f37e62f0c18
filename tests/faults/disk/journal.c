/* The journal of a disk: records one after the other, all numbers little-endian.
 *
 *   u32 length of the whole record        u16 kind      u16 flags     i32 error reported (errno, 0 for success)
 *   u32 thread                            u64 inode     u64 offset    u32 length of the data
 *   u16 length of the path                u16 length of the second path
 *   path, second path, data
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "layer.h"

struct __attribute__((packed)) head {
  uint32_t total;
  uint16_t kind, flags;
  int32_t error;
  uint32_t thread;
  uint64_t inode, offset;
  uint32_t data_len;
  uint16_t path_len, second_len;
};

void open_journal(struct disk *disk) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s.journal", root(), disk->name);
  disk->journal = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
}

void note(struct disk *disk, const struct record *record) {
  if (disk->journal < 0) return;
  const char *second = record->second ? record->second : "";
  struct head head = {
      .kind = record->kind,
      .flags = record->flags,
      .error = record->error,
      .thread = syscall(SYS_gettid),
      .inode = record->inode,
      .offset = record->offset,
      .data_len = record->len,
      .path_len = strlen(record->path),
      .second_len = strlen(second),
  };
  head.total = sizeof head + head.path_len + head.second_len + head.data_len;
  struct iovec parts[] = {
      {&head, sizeof head},
      {(void *)record->path, head.path_len},
      {(void *)second, head.second_len},
      {(void *)record->data, record->len},
  };
  if (syscall(SYS_writev, disk->journal, parts, 4) != head.total) {
    /* Without its journal a run proves nothing. */
    fprintf(stderr, "faulty disk: the journal cannot be written\n");
    abort();
  }
}
