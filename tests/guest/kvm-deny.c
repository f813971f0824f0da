/*
 * Preloaded into an emulator: a /dev/kvm that is missing something.
 *
 *   KVM_DENY_OPEN=ERRNO      opening it fails
 *   KVM_DENY_API=N           the version it has
 *   KVM_DENY_CAP=CAP=VALUE   what KVM_CHECK_EXTENSION says of one capability
 *   KVM_DENY_IOCTL=NR=ERRNO  an ioctl (type and number, hexadecimal) fails
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kvm.h>

/* The two halves of "A=B"; 0 if the variable is not set. */
static int setting(const char *name, int base, unsigned long *a, int *b)
{
    const char *text = getenv(name);
    char *end;

    if (!text) {
        return 0;
    }
    *a = strtoul(text, &end, base);
    *b = *end == '=' ? atoi(end + 1) : 0;
    return 1;
}

int open(const char *path, int flags, ...)
{
    unsigned long error;
    int none;
    mode_t mode = 0;
    va_list ap;

    va_start(ap, flags);
    if (flags & (O_CREAT | O_TMPFILE)) {
        mode = va_arg(ap, mode_t);
    }
    va_end(ap);
    if (strcmp(path, "/dev/kvm") == 0 &&
        setting("KVM_DENY_OPEN", 10, &error, &none)) {
        errno = error;
        return -1;
    }
    return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
    unsigned long key;
    int value;
    va_list ap;
    void *arg;

    va_start(ap, request);
    arg = va_arg(ap, void *);
    va_end(ap);
    if (_IOC_TYPE(request) == KVMIO &&
        setting("KVM_DENY_IOCTL", 16, &key, &value) &&
        (request & 0xffff) == key) {
        errno = value;
        return -1;
    }
    if (request == KVM_GET_API_VERSION &&
        setting("KVM_DENY_API", 10, &key, &value)) {
        return key;
    }
    if (request == KVM_CHECK_EXTENSION &&
        setting("KVM_DENY_CAP", 10, &key, &value) &&
        (unsigned long)arg == key) {
        return value;
    }
    return syscall(SYS_ioctl, fd, request, arg);
}
