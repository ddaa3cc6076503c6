/* The configuration's fields: names, ranges, defaults, meanings. */
#ifndef NMMO_CONFIG_H
#define NMMO_CONFIG_H

#include "nmmo.h"

/* In the order of struct nmmo_config; published as NMMO_TABLE_CONFIG. */
extern const struct nmmo_field config_fields[];
extern const size_t config_field_count;

#endif
