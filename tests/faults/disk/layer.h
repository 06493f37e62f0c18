/* A disk that fails on demand, and the journal of everything that was asked of it.
 *
 * Loaded into a program under test with LD_PRELOAD, it stands between the program and the system for every path under
 * the directory CANDOUR_FAULTY_ROOT. Each directory directly inside is a disk of its own:
 *
 *   ROOT/NAME/...      the files of the disk NAME
 *   ROOT/NAME.rules    which calls shall fail (rules.c); read again whenever it is another file
 *   ROOT/NAME.hits     one line for each call a rule acted on
 *   ROOT/NAME.journal  everything that was done to the disk, if the file is there when the disk is first used
 *
 * A name with a dot is no disk. Calls to one disk are made one after the other, so that the journal's order is the
 * order in which things happened. What the layer cannot follow (a file mapped for writing, copy_file_range, link) is
 * carried out and noted as UNSEEN; whoever reads the journal must refuse it.
 */
#ifndef CANDOUR_FAULTY_DISK_LAYER_H
#define CANDOUR_FAULTY_DISK_LAYER_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Numbers stand in journals: never change one. */
enum kind {
  OPEN = 1, /* opening what is there; not in the journal */
  CREATE = 2,
  READ = 3, /* not in the journal */
  WRITE = 4,
  TRUNCATE = 5,
  RENAME = 6,
  UNLINK = 7,
  MKDIR = 8,
  RMDIR = 9,
  FSYNC = 10,
  FDATASYNC = 11,
  SYNCFS = 12,
  DIRSYNC = 13, /* fsync of a directory */
  STATVFS = 14, /* not in the journal */
  UNSEEN = 15,
  KINDS = 16,
};

enum action { FAIL, AFTER, PART, SHORT, LIE, STALL, DIE, DIE_AFTER };

struct fault {
  enum action action;
  int error;      /* errno of FAIL, AFTER, PART */
  long amount;    /* bytes of PART and SHORT, seconds of STALL */
};

/* Flags of a record. */
enum { CARRIED_OUT = 1, LIED = 2 };

struct rule {
  uint32_t kinds;
  char pattern[256];
  long from, count, seen; /* acts on the matching calls from, from + 1, ... count of them; count < 0: for ever */
  struct fault fault;
};

enum { MAX_RULES = 64, MAX_DISKS = 16384, NAME = 64 };

struct disk {
  char name[NAME];
  pthread_mutex_t lock;
  int journal; /* -1: none */
  struct rule rules[MAX_RULES];
  int rule_count;
  struct timespec rules_changed;
  ino_t rules_inode;
};

/* Something on a disk. */
struct place {
  struct disk *disk;
  char path[PATH_MAX]; /* relative to the disk; "" is its directory */
  ino_t inode;         /* 0 when there is nothing there */
  bool directory;
};

/* place.c */
const char *root(void);
bool place_of_path(int directory, const char *path, struct place *place);
bool place_of_fd(int fd, struct place *place);

/* rules.c; both with the disk's lock held */
void read_rules(struct disk *disk);
bool rule_for(struct disk *disk, enum kind kind, const char *path, struct fault *fault);

/* journal.c; with the disk's lock held */
struct record {
  enum kind kind;
  int flags;
  int error; /* reported to the program; 0 for success */
  ino_t inode;
  uint64_t offset; /* of a write; the new length of a truncation */
  const char *path, *second; /* second: where a rename leads */
  const void *data;
  size_t len;
};
void open_journal(struct disk *disk);
void note(struct disk *disk, const struct record *record);

#endif
