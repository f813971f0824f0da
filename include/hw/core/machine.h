/*
 * The machine: root of the devices of a virtual machine, and what a board
 * has to provide.
 *
 * A board is a QOM type "NAME-machine" below TYPE_MACHINE whose class_init
 * fills in MachineClass. The program creates one of them (machine_new),
 * sets the options of -machine, -smp and -m as properties, and calls
 * machine_run_board_init, which provides ms->ram and lets the board build its
 * buses and devices.
 *
 * Main loop thread only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_MACHINE_H
#define HW_CORE_MACHINE_H

#include "hw/core/qdev.h"

#define TYPE_MACHINE        "machine"
#define TYPE_MACHINE_SUFFIX "-" TYPE_MACHINE
/* The type name of board `name`: MACHINE_TYPE_NAME("none"). */
#define MACHINE_TYPE_NAME(name) name TYPE_MACHINE_SUFFIX
OBJECT_DECLARE_TYPE(MachineState, MachineClass, MACHINE)

/* -smp, complete: the product of all levels is max_cpus. */
typedef struct CpuTopology {
    unsigned cpus; /* present at start */
    unsigned sockets;
    unsigned dies;
    unsigned modules;
    unsigned cores;
    unsigned threads;
    unsigned max_cpus;
} CpuTopology;

struct MachineClass {
    ObjectClass parent_class;

    char *name;        /* type name without "-machine"; set by the base */
    const char *alias; /* second name, or NULL */
    const char *desc;  /* for -machine help */
    const char *deprecation_reason;
    bool is_default; /* taken without -machine; one board at most */

    unsigned min_cpus;     /* default 1 */
    unsigned max_cpus;     /* default 1 */
    unsigned default_cpus; /* default 1 */
    const char *default_cpu_type;
    bool smp_dies; /* -smp dies= and modules= may exceed 1 */
    bool smp_modules;
    bool has_hotpluggable_cpus;

    uint64_t default_ram_size;  /* default 128 MiB */
    const char *default_ram_id; /* name of the RAM block; NULL: no RAM */
    const char *default_nic;    /* device for -nic without model, or NULL */
    const char *default_display;
    bool no_serial;
    bool no_parallel;
    bool no_floppy;
    bool no_cdrom;

    /* Builds buses and devices. Called once, with ms->ram mapped nowhere. */
    void (*init)(MachineState *ms, Error **errp);
    /* Resets the machine; NULL: qemu_devices_reset. */
    void (*reset)(MachineState *ms);
};

struct MachineState {
    Object parent_obj;

    uint64_t ram_size;
    uint64_t maxram_size;
    uint64_t ram_slots;
    bool ram_size_given; /* by the user */
    char *memdev_id;     /* -machine memory-backend=, looked up at board init */
    /* Link memory-backend: the user's, or one made by
     * machine_run_board_init. NULL if the board has no RAM. */
    HostMemoryBackend *memdev;
    /* The RAM of memdev, ram_size bytes; the board places it. */
    MemoryRegion *ram;

    CpuTopology smp;
    char *cpu_type; /* -cpu; NULL: the board's default */

    char *kernel_filename;
    char *initrd_filename;
    char *kernel_cmdline; /* NULL: empty */
    char *firmware;
    bool usb;
    bool dump_guest_core;
    bool mem_merge;
    bool enable_graphics;
    bool suppress_vmdesc;

    bool board_init_done;
};

/* The machine at /machine, or NULL before machine_new. */
extern MachineState *current_machine;
/* The same as an Object. Before machine_new it is a container, made on first
 * use, so that devices of unit tests have a place too. */
Object *qdev_get_machine(void);

/* By name or alias, or NULL. */
MachineClass *machine_find_class(const char *name);
/* With the message of -machine: 'unsupported machine type: "x"'. */
MachineClass *machine_find_class_or_error(const char *name, Error **errp);
/* The board marked is_default, or NULL. */
MachineClass *machine_default_class(void);
/* Every board, in the order of -machine help. */
void machine_class_foreach(void (*fn)(MachineClass *mc, void *opaque),
                           void *opaque);

/* Makes /machine with its peripheral, peripheral-anon and unattached
 * containers, and current_machine. Once per process. */
MachineState *machine_new(MachineClass *mc);
/*
 * The members of one -machine option but "type" and whatever the caller has
 * taken out before ("accel", ...), in either form: properties, of which "smp"
 * and "memory" are structs.
 */
bool machine_set_options(MachineState *ms, json_t *opts, bool keyval,
                         Error **errp);
/*
 * -smp: members cpus, maxcpus, sockets, dies, modules, cores, threads (also
 * clusters, books, drawers, which must be 1). Missing ones are derived. The
 * same as property "smp".
 */
bool machine_parse_smp_config(MachineState *ms, json_t *smp, bool keyval,
                              Error **errp);
/*
 * -m as keyval_parse() gives it (implied key "size"): size in MiB without
 * suffix, maxmem, slots. The property "memory" has members size (bytes),
 * max-size and slots.
 */
bool machine_set_memory(MachineState *ms, json_t *memory, Error **errp);
/* Provides ms->ram, calls MachineClass.init. */
bool machine_run_board_init(MachineState *ms, Error **errp);
/* After -device: from now on devices are hot-plugged. */
void qdev_machine_creation_done(void);
/* System reset: the board's, or every device. */
void machine_reset(MachineState *ms);
/* Undoes machine_new at exit: unplugs everything, frees the machine. */
void machine_free(MachineState *ms);

/* Texts of -machine help and -machine NAME,help; to be freed. */
char *machine_help(void);
char *machine_options_help(MachineClass *mc);

#endif
