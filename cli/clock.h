/*
 * The time that never goes back: how long to wait for somebody.
 */
#ifndef CLI_CLOCK_H
#define CLI_CLOCK_H

#include <stdint.h>

int64_t clock_us(void);

#endif
