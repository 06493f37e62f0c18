/* Which calls fail, and how. One rule a line:
 *
 *   KINDS PATTERN FROM COUNT ACTION
 *
 * KINDS    names joined by commas (open create read write truncate rename unlink mkdir rmdir fsync fdatasync syncfs
 *          dirsync statvfs), or "any", or "sync" for all four syncs, or "change" for all that is not open, read, statvfs
 * PATTERN  as a shell's; an asterisk stands for slashes too; matched with the path within the disk ('' for its directory)
 * FROM     acts from this matching call on, counted from 1 since the rules were read
 * COUNT    on so many, or "*"
 * ACTION   fail ERRNO        nothing happens, the error is reported
 *          after ERRNO       carried out, and the error reported
 *          part BYTES ERRNO  of a write only so many bytes, and the error reported; of anything else as fail
 *          short BYTES       of a write only so many bytes, and their number reported, as the system may
 *          lie               a sync reports success and does nothing
 *          stall SECONDS     carried out so much later
 *          die, die-after    the process ends before or after the call, as by kill -9
 *
 * The first rule that acts decides; every rule counts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "layer.h"

static const char *names[KINDS] = {
    [OPEN] = "open",     [CREATE] = "create", [READ] = "read",     [WRITE] = "write",   [TRUNCATE] = "truncate",
    [RENAME] = "rename", [UNLINK] = "unlink", [MKDIR] = "mkdir",   [RMDIR] = "rmdir",   [FSYNC] = "fsync",
    [SYNCFS] = "syncfs", [DIRSYNC] = "dirsync", [STATVFS] = "statvfs", [FDATASYNC] = "fdatasync",
};

static const struct { const char *name; int number; } errors[] = {
    {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EROFS", EROFS}, {"EDQUOT", EDQUOT}, {"EACCES", EACCES}, {"EMFILE", EMFILE},
};

static _Noreturn void refuse(const char *line) {
  fprintf(stderr, "faulty disk: a rule that cannot be understood: %s\n", line);
  abort();
}

static int error_named(const char *name, const char *line) {
  for (size_t at = 0; name && at < sizeof errors / sizeof *errors; at++)
    if (!strcmp(errors[at].name, name)) return errors[at].number;
  refuse(line);
}

static uint32_t kinds_named(char *list, const char *line) {
  const uint32_t syncs = 1u << FSYNC | 1u << FDATASYNC | 1u << SYNCFS | 1u << DIRSYNC;
  const uint32_t quiet = 1u << OPEN | 1u << READ | 1u << STATVFS;
  uint32_t kinds = 0;
  char *rest;
  for (char *word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
    uint32_t more = !strcmp(word, "any") ? ~0u : !strcmp(word, "sync") ? syncs : !strcmp(word, "change") ? ~quiet : 0;
    for (int kind = 0; kind < KINDS; kind++)
      if (names[kind] && !strcmp(names[kind], word)) more = 1u << kind;
    if (!more) refuse(line);
    kinds |= more;
  }
  return kinds;
}

static struct fault fault_named(char *text, const char *line) {
  char *rest, *verb = strtok_r(text, " ", &rest);
  char *first = strtok_r(NULL, " ", &rest), *second = strtok_r(NULL, " ", &rest);
  if (!verb) refuse(line);
  if (!strcmp(verb, "fail")) return (struct fault){FAIL, error_named(first, line), 0};
  if (!strcmp(verb, "after")) return (struct fault){AFTER, error_named(first, line), 0};
  if (!strcmp(verb, "part") && first) return (struct fault){PART, error_named(second, line), atol(first)};
  if (!strcmp(verb, "short") && first) return (struct fault){SHORT, 0, atol(first)};
  if (!strcmp(verb, "stall") && first) return (struct fault){STALL, 0, atol(first)};
  if (!strcmp(verb, "lie")) return (struct fault){LIE, 0, 0};
  if (!strcmp(verb, "die")) return (struct fault){DIE, 0, 0};
  if (!strcmp(verb, "die-after")) return (struct fault){DIE_AFTER, 0, 0};
  refuse(line);
}

static void add_rule(struct disk *disk, const char *line) {
  char kinds[128], count[32], action[64];
  struct rule rule = {0};
  if (sscanf(line, "%127s %255s %ld %31s %63[^\n]", kinds, rule.pattern, &rule.from, count, action) != 5) refuse(line);
  if (disk->rule_count == MAX_RULES) refuse("too many rules");
  rule.kinds = kinds_named(kinds, line);
  rule.count = strcmp(count, "*") ? atol(count) : -1;
  rule.fault = fault_named(action, line);
  disk->rules[disk->rule_count++] = rule;
}

static void path_beside(const struct disk *disk, const char *ending, char out[PATH_MAX]) {
  snprintf(out, PATH_MAX, "%s/%s.%s", root(), disk->name, ending);
}

void read_rules(struct disk *disk) {
  char path[PATH_MAX], text[16384];
  struct stat stat;
  path_beside(disk, "rules", path);
  if (syscall(SYS_newfstatat, AT_FDCWD, path, &stat, 0)) {
    disk->rule_count = 0;
    disk->rules_inode = 0;
    return;
  }
  if (stat.st_ino == disk->rules_inode && stat.st_mtim.tv_sec == disk->rules_changed.tv_sec &&
      stat.st_mtim.tv_nsec == disk->rules_changed.tv_nsec)
    return;
  disk->rules_inode = stat.st_ino;
  disk->rules_changed = stat.st_mtim;
  disk->rule_count = 0;
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  ssize_t len = syscall(SYS_read, fd, text, sizeof text - 1);
  syscall(SYS_close, fd);
  text[len > 0 ? len : 0] = 0;
  char *rest;
  for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
    if (*line && *line != '#') add_rule(disk, line);
}

static void note_hit(const struct disk *disk, enum kind kind, const char *path, const struct rule *rule) {
  static const char *verbs[] = {"fail", "after", "part", "short", "lie", "stall", "die", "die-after"};
  char beside[PATH_MAX], line[PATH_MAX + 128];
  path_beside(disk, "hits", beside);
  int len = snprintf(line, sizeof line, "%s %s %s\n", names[kind], *path ? path : ".", verbs[rule->fault.action]);
  int fd = syscall(SYS_openat, AT_FDCWD, beside, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  syscall(SYS_write, fd, line, len);
  syscall(SYS_close, fd);
}

bool rule_for(struct disk *disk, enum kind kind, const char *path, struct fault *fault) {
  struct rule *acting = NULL;
  for (int at = 0; at < disk->rule_count; at++) {
    struct rule *rule = &disk->rules[at];
    const char *pattern = strcmp(rule->pattern, "''") ? rule->pattern : "";
    if (!(rule->kinds & 1u << kind) || fnmatch(pattern, path, 0)) continue;
    rule->seen++;
    bool acts = rule->seen >= rule->from && (rule->count < 0 || rule->seen < rule->from + rule->count);
    if (acts && !acting) acting = rule;
  }
  if (!acting) return false;
  *fault = acting->fault;
  note_hit(disk, kind, path, acting);
  return true;
}
