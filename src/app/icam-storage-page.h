/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* Where recordings go, what the disks will hold, and how long recordings are kept. */
#define ICAM_TYPE_STORAGE_PAGE (icam_storage_page_get_type ())
G_DECLARE_FINAL_TYPE (IcamStoragePage, icam_storage_page, ICAM, STORAGE_PAGE, AdwBin)

void icam_storage_page_set_client (IcamStoragePage *self,
                                   IcamClient      *client);
void icam_storage_page_update     (IcamStoragePage *self);

G_END_DECLS
