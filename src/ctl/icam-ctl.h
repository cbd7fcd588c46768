/* SPDX-License-Identifier: GPL-3.0-or-later */

/* ctl: the command line. In: words of a person or a script. Out: lines or JSON, and an exit code that means something. A pure client
 * of the recorder, as the window is; what it says is documented in incameractl(1). */

#pragma once

#include <json-glib/json-glib.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* Frozen: scripts depend on them. In incameractl(1). */
typedef enum
{
  ICAM_EXIT_OK = 0,
  ICAM_EXIT_FAILED = 1,
  ICAM_EXIT_USAGE = 2,
  ICAM_EXIT_NO_RECORDER = 3,
  ICAM_EXIT_NOT_FOUND = 4,
  ICAM_EXIT_PASSWORD = 5,
  ICAM_EXIT_UNREACHABLE = 6,
  ICAM_EXIT_KEYRING = 7,
  ICAM_EXIT_NOTHING_RECORDED = 8,
  ICAM_EXIT_NOT_ALLOWED = 9,
  ICAM_EXIT_ARCHIVE = 10,
  ICAM_EXIT_ALREADY_ADDED = 11,
  ICAM_EXIT_INTERRUPTED = 130,
} IcamExit;

typedef struct
{
  IcamClient *client;
  GCancellable *cancellable; /* cancelled by SIGINT and SIGTERM */
  gboolean json;
  gboolean system;
  gboolean no_start;
} IcamCtl;

typedef struct
{
  const char *name;
  const char *summary; /* N_() */
  int (*run) (IcamCtl *ctl, int argc, char **argv);
} IcamCtlCommand;

/* The commands; each parses its own words. */
int icam_ctl_add         (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_record      (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_archive     (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_connections (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_defaults    (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_device      (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_diagnose    (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_discover    (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_events      (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_export      (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_folders     (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_keep        (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_protect     (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_journal     (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_list        (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_password    (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_ptz         (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_remove      (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_rename      (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_detection   (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_segments    (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_snapshot    (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_status      (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_unlock      (IcamCtl *ctl, int argc, char **argv);
int icam_ctl_watch       (IcamCtl *ctl, int argc, char **argv);

/* ---- what they share ---- */

/* The words after the command by @entries; FALSE when they are wrong, which has been said then. */
gboolean icam_ctl_parse   (IcamCtl            *ctl,
                           const char         *words,
                           const char         *summary,
                           const GOptionEntry *entries,
                           int                 min_words,
                           int                 max_words,
                           int                *argc,
                           char             ***argv);
int      icam_ctl_usage   (IcamCtl            *ctl,
                           const char         *format,
                           ...) G_GNUC_PRINTF (2, 3);
int      icam_ctl_fail    (IcamCtl            *ctl,
                           const GError       *error);
int      icam_ctl_done    (IcamCtl            *ctl,
                           gboolean            ok,
                           GError             *error);
int      icam_ctl_exit_code (const GError     *error);

int      icam_ctl_connect (IcamCtl            *ctl,
                           gboolean            activate);
IcamCamera *icam_ctl_find_camera (IcamCtl     *ctl,
                           const char         *text,
                           int                *exit_code);

typedef gboolean (*IcamCtlCondition) (gpointer user_data);

void     icam_ctl_store   (GObject            *source,
                           GAsyncResult       *result,
                           gpointer            slot);
GAsyncResult *icam_ctl_wait_result (IcamCtl   *ctl,
                           GAsyncResult      **slot);
gboolean icam_ctl_wait    (IcamCtl            *ctl,
                           IcamCtlCondition    condition,
                           gpointer            user_data,
                           gint64              time_out_us);
gboolean icam_ctl_interrupted (IcamCtl        *ctl);

/* icam-ctl-time.c */
char    *icam_ctl_local_time (gint64           utc);
gboolean icam_ctl_parse_time (const char      *text,
                              gint64           now,
                              gint64          *utc);
gboolean icam_ctl_parse_span (IcamCtl         *ctl,
                              const char      *from_text,
                              const char      *to_text,
                              gint64           from_default,
                              gint64          *from,
                              gint64          *to);

/* icam-ctl-password.c */
IcamSecret *icam_ctl_read_password (IcamCtl   *ctl,
                                    const char *prompt,
                                    GError   **error);
char       *icam_ctl_read_answer   (const char *prompt);

/* icam-ctl-output.c */
typedef struct _IcamCtlTable IcamCtlTable;

IcamCtlTable *icam_ctl_table_new   (const char *first,
                                    ...) G_GNUC_NULL_TERMINATED;
void          icam_ctl_table_add   (IcamCtlTable *self,
                                    const char   *first,
                                    ...) G_GNUC_NULL_TERMINATED;
void          icam_ctl_table_print (IcamCtlTable *self);
void          icam_ctl_table_free  (IcamCtlTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamCtlTable, icam_ctl_table_free)

/* How far a job is, as a percentage on a terminal's standard error. */
typedef struct
{
  gboolean shown;
  int percent;
} IcamCtlProgress;

void     icam_ctl_progress     (double       fraction,
                                gint64       time_left,
                                gpointer     progress);
void     icam_ctl_progress_end (IcamCtlProgress *progress);

void     icam_ctl_print       (const char  *format,
                               ...) G_GNUC_PRINTF (1, 2);
char    *icam_ctl_plain       (const char  *text);
void     icam_ctl_print_json  (JsonBuilder *builder,
                               gboolean     one_line);
void     icam_ctl_json_string (JsonBuilder *builder,
                               const char  *key,
                               const char  *value);
void     icam_ctl_json_time   (JsonBuilder *builder,
                               const char  *key,
                               gint64       utc);
void     icam_ctl_json_error  (JsonBuilder *builder,
                               const char  *key,
                               const GError *error);
void     icam_ctl_json_camera (JsonBuilder *builder,
                               IcamCtl     *ctl,
                               IcamCamera  *camera);
void     icam_ctl_json_event  (JsonBuilder *builder,
                               IcamCtl     *ctl,
                               IcamEvent   *event);
char    *icam_ctl_camera_address (IcamCtl  *ctl,
                               IcamCamera  *camera);
char    *icam_ctl_camera_words (IcamCamera *camera);

G_END_DECLS
