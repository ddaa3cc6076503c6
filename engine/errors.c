/* Error messages: the one place that formats text. */
#include "errors.h"

#include <stdarg.h>
#include <stdio.h>

int fail(struct nmmo_error *error, int status, const char *format, ...) {
    if (!error) return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}
