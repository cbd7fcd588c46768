/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* What is out there on the network now, and a field for what is not found by itself. Everything chosen goes to
 * the window's action "win.add" with address, object path and name. */
#define ICAM_TYPE_FOUND_LIST (icam_found_list_get_type ())
G_DECLARE_FINAL_TYPE (IcamFoundList, icam_found_list, ICAM, FOUND_LIST, AdwBin)

void icam_found_list_set_client (IcamFoundList *self,
                                 IcamClient    *client);

G_END_DECLS
