/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/icam-client.h"

G_BEGIN_DECLS

/* What was recorded as files: one camera's into a descriptor, or several cameras' into a folder, with a page to look at them. */

typedef struct
{
  IcamRole role;
  gint64 from, to;         /* UTC in µs */
  IcamExportFormat format; /* that is wished */
  gboolean exact;          /* nothing before from is shown, where that can be done */
} IcamExportRequest;

typedef struct
{
  gint64 from, to;         /* UTC in µs of the first picture that is shown, and the end */
  guint64 bytes;
  IcamExportFormat format; /* that it became */
  char *reason;            /* code why not what was wished; NULL: it is */
  gboolean exact;
  gint64 hidden;           /* µs of pictures that are in the file, but not shown */
  gboolean cut;            /* the codec changed at to: the rest wants a file of its own */
} IcamExportResult;

void              icam_export_result_free   (IcamExportResult        *self);
char             *icam_export_result_remark (const IcamExportResult  *self,
                                             const IcamExportRequest *request);
const char       *icam_export_ending        (IcamExportFormat         format);
char             *icam_export_file_name     (const char              *camera,
                                             gint64                   utc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamExportResult, icam_export_result_free)

void              icam_client_export_async  (IcamClient              *self,
                                             IcamCamera              *camera,
                                             const IcamExportRequest *request,
                                             int                      fd,
                                             IcamClientProgress       progress,
                                             gpointer                 progress_data,
                                             GCancellable            *cancellable,
                                             GAsyncReadyCallback      callback,
                                             gpointer                 user_data);
IcamExportResult *icam_client_export_finish (IcamClient              *self,
                                             GAsyncResult            *result,
                                             GError                 **error);

/* ---- a folder ---- */

typedef struct
{
  IcamCamera *camera;
  char *name;               /* of the camera, as it was then */
  char *file;               /* its name in the folder; NULL: nothing was recorded */
  IcamExportResult *result; /* NULL likewise */
} IcamExportedFile;

#define ICAM_EXPORT_PAGE "index.html"

void              icam_exported_file_free          (IcamExportedFile        *self);
char             *icam_export_page                 (GPtrArray               *files,
                                                    gint64                   from,
                                                    gint64                   to);
void              icam_client_export_folder_async  (IcamClient              *self,
                                                    GPtrArray               *cameras,
                                                    const IcamExportRequest *request,
                                                    const char              *folder,
                                                    IcamClientProgress       progress,
                                                    gpointer                 progress_data,
                                                    GCancellable            *cancellable,
                                                    GAsyncReadyCallback      callback,
                                                    gpointer                 user_data);
GPtrArray        *icam_client_export_folder_finish (IcamClient              *self,
                                                    GAsyncResult            *result,
                                                    GError                 **error);

G_END_DECLS
