/* Error messages: the one place that formats text. */
#ifndef NMMO_ERRORS_H
#define NMMO_ERRORS_H

#include "nmmo.h"

/* Fills error (which may be NULL) by a printf format and returns the status. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int fail(struct nmmo_error *error, int status, const char *format, ...);

#endif
