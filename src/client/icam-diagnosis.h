/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/icam-client.h"

G_BEGIN_DECLS

typedef enum
{
  ICAM_VERDICT_FINE,
  ICAM_VERDICT_NOTE, /* works, but could be better */
  ICAM_VERDICT_BAD,
} IcamVerdict;

/* One thing that was looked at: a frozen name, and a sentence for people without secrets. progress: 0 to 1, of the whole report. On the
 * main thread. */
typedef void (*IcamDiagnosisStep) (IcamVerdict verdict, const char *name, const char *text, double progress, gpointer user_data);

void     icam_client_diagnose_async         (IcamClient         *self,
                                             IcamCamera         *camera,
                                             IcamDiagnosisStep   step,
                                             gpointer            step_data,
                                             GCancellable       *cancellable,
                                             GAsyncReadyCallback callback,
                                             gpointer            user_data);
void     icam_client_diagnose_address_async (IcamClient         *self,
                                             const char         *address,
                                             const char         *user,
                                             IcamSecret         *secret,
                                             IcamDiagnosisStep   step,
                                             gpointer            step_data,
                                             GCancellable       *cancellable,
                                             GAsyncReadyCallback callback,
                                             gpointer            user_data);
gboolean icam_client_diagnose_finish        (IcamClient         *self,
                                             GAsyncResult       *result,
                                             guint              *n_bad,
                                             GError            **error);

/* What a report says at its end. */
char    *icam_words_diagnosis               (guint               n_bad);
/* A text without what stands before an @ in an address, and without the values of the parameters behind a "?". */
char    *icam_words_without_secrets         (const char         *text);

G_END_DECLS
