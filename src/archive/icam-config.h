/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"
#include "archive/icam-sql.h"

G_BEGIN_DECLS

/* config.sqlite: devices, channels, cameras, settings, and which archive belongs into which folder. Small and precious: a copy is
 * kept beside it. Thread-safe. */
typedef struct _IcamConfig IcamConfig;

/* Where a channel is recorded and for how long. */
typedef struct
{
  char *folder;        /* NULL: the main one */
  gint keep_days;      /* 0: as the setting "keep-days" says; -1: for ever */
  gint keep_event_days; /* of what events touch; 0: as long as the rest; -1: for ever */
  gint64 keep_bytes;   /* 0: as much as there is room for */
} IcamPolicy;

void        icam_policy_free   (IcamPolicy  *policy);

IcamConfig *icam_config_open   (const char  *data_dir,
                                const char  *backup,
                                char       **set_aside,
                                GError     **error);
void        icam_config_free   (IcamConfig  *self);
void        icam_config_get_catalogue (IcamConfig *self,
                                       IcamUuid   *uuid);
gboolean    icam_config_set_catalogue (IcamConfig     *self,
                                       const IcamUuid *uuid,
                                       GError        **error);
gboolean    icam_config_back_up       (IcamConfig     *self,
                                       const char     *path,
                                       GError        **error);
gboolean    icam_config_has_archives  (IcamConfig     *self);
gboolean    icam_config_find_archive  (IcamConfig     *self,
                                       const char     *folder,
                                       IcamUuid       *uuid);
gboolean    icam_config_put_archive   (IcamConfig     *self,
                                       const IcamUuid *uuid,
                                       const char     *folder,
                                       GError        **error);
char       *icam_config_dup_folder    (IcamConfig     *self,
                                       const IcamUuid *uuid);
GHashTable *icam_config_load_policies (IcamConfig *self);
GPtrArray  *icam_config_load_folders (IcamConfig  *self);
GPtrArray  *icam_config_load_archives (IcamConfig *self);
gboolean    icam_config_set_folder    (IcamConfig  *self,
                                       const char  *folder,
                                       gboolean     used,
                                       GError     **error);
GPtrArray  *icam_config_load_devices  (IcamConfig *self, GError **error);
GPtrArray  *icam_config_load_channels (IcamConfig *self, GError **error);
GPtrArray  *icam_config_load_cameras  (IcamConfig *self, GError **error);
gboolean    icam_config_save          (IcamConfig *self,
                                       GPtrArray  *devices,
                                       GPtrArray  *channels,
                                       GPtrArray  *cameras,
                                       gint64      now_us,
                                       GError    **error);
gboolean    icam_config_forget_camera (IcamConfig     *self,
                                       const IcamUuid *camera,
                                       GError        **error);
/* The archive's folder, once somebody chose one. */
#define ICAM_SETTING_FOLDER "folder"

char       *icam_config_get_setting   (IcamConfig *self,
                                       const char *key);
gboolean    icam_config_set_setting   (IcamConfig *self,
                                       const char *key,
                                       const char *value,
                                       GError    **error);

char       *icam_set_aside            (const char *path,
                                       GError    **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamConfig, icam_config_free)

G_END_DECLS
