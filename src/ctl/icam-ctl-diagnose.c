/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-diagnosis.h"

#include <glib/gi18n-lib.h>

/* A report in steps. */
typedef struct
{
  IcamCtl *ctl;
  JsonBuilder *builder; /* NULL: lines for people */
} Report;

static void
step (IcamVerdict verdict,
      const char *name,
      const char *text,
      double      progress,
      gpointer    user_data)
{
  static const char *const names[] = { "fine", "note", "bad" };
  static const char *const marks[] = { "✓", "·", "✗" };
  Report *self = user_data;
  g_autofree char *plain = icam_ctl_plain (text);

  if (self->builder == NULL)
    {
      icam_ctl_print ("%s %s", marks[verdict], plain);
      return;
    }
  json_builder_begin_object (self->builder);
  icam_ctl_json_string (self->builder, "step", name);
  icam_ctl_json_string (self->builder, "verdict", names[verdict]);
  icam_ctl_json_string (self->builder, "text", text);
  json_builder_end_object (self->builder);
}

/**
 * icam_ctl_diagnose:
 * @ctl: what all commands share
 * @argc: number of words
 * @argv: the words
 *
 * Returns: exit code: ICAM_EXIT_FAILED when something is bad
 */
int
icam_ctl_diagnose (IcamCtl *ctl,
                   int      argc,
                   char   **argv)
{
  g_autofree char *user = NULL;
  const GOptionEntry entries[] = {
    { "user", 'u', 0, G_OPTION_ARG_STRING, &user, N_ ("Name at an address that was not added; its password is asked for"), N_ ("NAME") },
    G_OPTION_ENTRY_NULL,
  };
  Report report = { .ctl = ctl };
  g_autoptr (JsonBuilder) builder = NULL;
  g_autoptr (IcamSecret) secret = NULL;
  GListModel *cameras;
  IcamCamera *camera = NULL;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  gboolean done;
  guint n_bad;
  int code;

  if (!icam_ctl_parse (ctl, _ ("CAMERA|ADDRESS"),
                       _ ("Says step by step what works of a camera and what does not. Without passwords: it can be shown to others."), entries,
                       1, 1, &argc, &argv))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  /* Whatever is not the name of a camera is an address. */
  cameras = icam_client_get_cameras (ctl->client);
  for (guint i = 0; i < g_list_model_get_n_items (cameras) && camera == NULL; i++)
    {
      g_autoptr (IcamCamera) other = g_list_model_get_item (cameras, i);

      if (g_strcmp0 (argv[1], icam_camera_get_id (other)) == 0 || g_strcmp0 (argv[1], icam_camera_get_name (other)) == 0)
        camera = other;
    }
  if (camera == NULL && user != NULL)
    {
      g_autofree char *prompt = g_strdup_printf (_ ("Password of %s at %s: "), user, argv[1]);

      secret = icam_ctl_read_password (ctl, prompt, &error);
      if (secret == NULL)
        return icam_ctl_done (ctl, FALSE, error);
    }

  if (ctl->json)
    {
      report.builder = builder = json_builder_new ();
      json_builder_begin_array (builder);
    }
  if (camera != NULL)
    icam_client_diagnose_async (ctl->client, camera, step, &report, ctl->cancellable, icam_ctl_store, &slot);
  else
    icam_client_diagnose_address_async (ctl->client, argv[1], user, secret, step, &report, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  done = icam_client_diagnose_finish (ctl->client, result, &n_bad, &error);
  if (builder != NULL)
    {
      json_builder_end_array (builder);
      icam_ctl_print_json (builder, FALSE);
    }
  if (!done)
    return icam_ctl_done (ctl, FALSE, error);
  return n_bad > 0 ? ICAM_EXIT_FAILED : ICAM_EXIT_OK;
}
