/*
 * qtest: single accesses to ports and memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/qtest/qtest-internal.h"

static bool get_port(QTestProtocol *p, const QTestWord *w, uint64_t *port)
{
    if (!qtest_number(p, w, port)) {
        return false;
    }
    if (*port > 0xffff) {
        qtest_sendf(p, "ERR port 0x%" PRIx64 " is beyond 0xffff", *port);
        return false;
    }
    return true;
}

static void port_out(QTestProtocol *p, const QTestCommand *cmd, QTestWord *arg,
                     int count)
{
    uint64_t port, value;

    if (get_port(p, &arg[0], &port) && qtest_number(p, &arg[1], &value)) {
        address_space_st(&address_space_io, port, value, cmd->width, NULL);
        qtest_sendf(p, "OK");
    }
}

static void port_in(QTestProtocol *p, const QTestCommand *cmd, QTestWord *arg,
                    int count)
{
    uint64_t port;

    if (get_port(p, &arg[0], &port)) {
        qtest_sendf(
            p, "OK 0x%04" PRIx64,
            address_space_ld(&address_space_io, port, cmd->width, NULL));
    }
}

static void mem_write(QTestProtocol *p, const QTestCommand *cmd, QTestWord *arg,
                      int count)
{
    uint64_t addr, value;

    if (qtest_number(p, &arg[0], &addr) && qtest_number(p, &arg[1], &value)) {
        address_space_st(&address_space_memory, addr, value, cmd->width, NULL);
        qtest_sendf(p, "OK");
    }
}

static void mem_read(QTestProtocol *p, const QTestCommand *cmd, QTestWord *arg,
                     int count)
{
    uint64_t addr;

    if (qtest_number(p, &arg[0], &addr)) {
        qtest_sendf(
            p, "OK 0x%016" PRIx64,
            address_space_ld(&address_space_memory, addr, cmd->width, NULL));
    }
}

const QTestCommand qtest_access_commands[] = {
    {"outb", "ADDR VALUE", 2, 1, port_out},
    {"outw", "ADDR VALUE", 2, 2, port_out},
    {"outl", "ADDR VALUE", 2, 4, port_out},
    {"inb", "ADDR", 1, 1, port_in},
    {"inw", "ADDR", 1, 2, port_in},
    {"inl", "ADDR", 1, 4, port_in},
    {"writeb", "ADDR VALUE", 2, 1, mem_write},
    {"writew", "ADDR VALUE", 2, 2, mem_write},
    {"writel", "ADDR VALUE", 2, 4, mem_write},
    {"writeq", "ADDR VALUE", 2, 8, mem_write},
    {"readb", "ADDR", 1, 1, mem_read},
    {"readw", "ADDR", 1, 2, mem_read},
    {"readl", "ADDR", 1, 4, mem_read},
    {"readq", "ADDR", 1, 8, mem_read},
    {NULL},
};
