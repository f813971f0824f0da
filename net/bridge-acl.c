/*
 * The bridge helper's access file, see bridge-acl.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <net/if.h>

#include "bridge-acl.h"

/* Files that include each other in a circle end here. */
#define MAX_INCLUDE_DEPTH 16
#define BLANK             " \t\r\n"

static bool read_file(const char *path, const char *bridge, BridgeAcl *acl,
                      int depth);

bool bridge_name_fits(const char *name)
{
    return strlen(name) < IFNAMSIZ;
}

static bool bad_line(const char *path, int number, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", path, number, what);
    return false;
}

static bool read_include(const char *path, int number, const char *file,
                         const char *bridge, BridgeAcl *acl, int depth)
{
    if (depth >= MAX_INCLUDE_DEPTH) {
        return bad_line(path, number, "include goes too deep");
    }
    if (access(file, R_OK) < 0) {
        return true;
    }
    return read_file(file, bridge, acl, depth + 1);
}

/* One line, which is cut up in place. */
static bool read_line(const char *path, int number, char *line,
                      const char *bridge, BridgeAcl *acl, int depth)
{
    char *save = NULL, *command, *arg, *rest;
    bool match;

    command = strtok_r(line, BLANK, &save);
    if (!command || command[0] == '#') {
        return true;
    }
    arg = strtok_r(NULL, BLANK, &save);
    rest = strtok_r(NULL, BLANK, &save);
    if (!arg || arg[0] == '#' || (rest && rest[0] != '#')) {
        return bad_line(path, number, "expected a command and one argument");
    }
    if (strcmp(command, "include") == 0) {
        return read_include(path, number, arg, bridge, acl, depth);
    }
    if (!bridge_name_fits(arg)) {
        return bad_line(path, number, "bridge name is too long");
    }
    match = strcmp(arg, "all") == 0 || strcmp(arg, bridge) == 0;
    if (strcmp(command, "allow") == 0) {
        acl->allowed |= match;
    } else if (strcmp(command, "deny") == 0) {
        acl->denied |= match;
    } else {
        return bad_line(path, number, "expected allow, deny or include");
    }
    return true;
}

static bool read_file(const char *path, const char *bridge, BridgeAcl *acl,
                      int depth)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    bool ok = true;

    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    for (int number = 1; ok && getline(&line, &size, f) >= 0; number++) {
        ok = read_line(path, number, line, bridge, acl, depth);
    }
    if (ok && ferror(f)) {
        fprintf(stderr, "%s: cannot be read\n", path);
        ok = false;
    }
    free(line);
    fclose(f);
    return ok;
}

bool bridge_acl_read(const char *path, const char *bridge, BridgeAcl *acl)
{
    return read_file(path, bridge, acl, 0);
}
