/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

/* ---- what a look has found ---- */

static void
print_result (GVariant *result)
{
  g_autoptr (GVariant) found = g_variant_lookup_value (result, "found", G_VARIANT_TYPE ("a{su}"));
  g_autoptr (GVariant) list = g_variant_lookup_value (result, "findings", G_VARIANT_TYPE ("a(ss)"));
  g_autofree char *size = NULL;
  guint64 segments = 0, bytes = 0, restored = 0;
  guint32 mended = 0, unfinished = 0;

  g_variant_lookup (result, "segments", "t", &segments);
  g_variant_lookup (result, "bytes", "t", &bytes);
  g_variant_lookup (result, "restored", "t", &restored);
  g_variant_lookup (result, "mended", "u", &mended);
  g_variant_lookup (result, "unfinished", "u", &unfinished);
  size = g_format_size (bytes);

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
    {
      const char *code, *what;
      g_autofree char *plain = NULL;

      g_variant_get_child (list, i, "(&s&s)", &code, &what);
      plain = icam_ctl_plain (what);
      icam_ctl_print ("%s: %s", code, plain);
    }
  icam_ctl_print (ngettext ("%u recording (%s) is as it should be.", "%u recordings (%s) are as they should be.", (gulong) segments),
                  (guint) segments, size);
  for (gsize i = 0; found != NULL && i < g_variant_n_children (found); i++)
    {
      const char *code;
      guint32 count;

      g_variant_get_child (found, i, "{&su}", &code, &count);
      icam_ctl_print ("%u %s", count, icam_words_finding (code));
    }
  if (restored > 0)
    icam_ctl_print (_ ("%u entries came from the backup."), (guint) restored);
  if (unfinished > 0)
    icam_ctl_print (_ ("%u recordings are being recovered."), unfinished);
  if (mended > 0)
    icam_ctl_print (_ ("%u findings were mended."), mended);
}

static void
print_json (GVariant *result)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GVariantIter iter;
  const char *key;
  GVariant *value;

  json_builder_begin_object (builder);
  g_variant_iter_init (&iter, result);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      json_builder_set_member_name (builder, key);
      json_builder_add_value (builder, json_gvariant_serialize (value));
    }
  json_builder_end_object (builder);
  icam_ctl_print_json (builder, FALSE);
}

/* ---- jobs ---- */

static int
run_job (IcamCtl   *ctl,
         IcamUpkeep what,
         gboolean   deep,
         gboolean   repair)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;
  IcamCtlProgress progress = { 0 };
  guint left;

  icam_client_upkeep_async (ctl->client, what, deep, repair, isatty (STDERR_FILENO) && !ctl->json ? icam_ctl_progress : NULL,
                            &progress, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  answer = icam_client_upkeep_finish (ctl->client, result, &error);
  icam_ctl_progress_end (&progress);
  if (answer == NULL)
    return icam_ctl_fail (ctl, error);

  left = icam_words_check_left (answer);
  if (ctl->json)
    print_json (answer);
  else if (what == ICAM_UPKEEP_BACK_UP)
    {
      guint32 folders = 0;

      g_variant_lookup (answer, "folders", "u", &folders);
      icam_ctl_print (ngettext ("There is a backup in %u folder.", "There is a backup in each of %u folders.", folders), folders);
    }
  else
    {
      print_result (answer);
    }
  return left > 0 ? ICAM_EXIT_FAILED : ICAM_EXIT_OK;
}

static int
confirm (IcamCtl *ctl)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  gboolean ok;

  icam_dbus_manager_call_confirm_age (icam_client_get_manager (ctl->client), g_variant_new ("a{sv}", NULL), ctl->cancellable,
                                      icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  ok = icam_dbus_manager_call_confirm_age_finish (icam_client_get_manager (ctl->client), result, &error);
  return icam_ctl_done (ctl, ok, error);
}

static int
show (IcamCtl *ctl)
{
  const char *age = icam_dbus_manager_get_age_deletion (icam_client_get_manager (ctl->client));

  if (ctl->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      icam_ctl_json_string (builder, "age_deletion", age);
      json_builder_end_object (builder);
      icam_ctl_print_json (builder, FALSE);
    }
  else
    {
      icam_ctl_print ("%s", icam_words_age (age));
    }
  return ICAM_EXIT_OK;
}

/**
 * icam_ctl_archive:
 * @ctl: what all commands share
 * @argc: number of words
 * @argv: the words
 *
 * Returns: exit code
 */
int
icam_ctl_archive (IcamCtl *ctl,
                  int      argc,
                  char   **argv)
{
  gboolean deep = FALSE, repair = FALSE;
  const GOptionEntry entries[] = {
    { "deep", 0, 0, G_OPTION_ARG_NONE, &deep, N_ ("Of check: read all of each file, too"), NULL },
    { "repair", 0, 0, G_OPTION_ARG_NONE, &repair, N_ ("Of check: mend what can be mended; no recording is deleted"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  const char *word;
  int code;

  if (!icam_ctl_parse (ctl, _ ("[check|rebuild|backup|confirm]"),
                       _ ("Compares recordings with their list, makes the list anew, or copies it into each folder. "
                          "Without a word: whether old recordings may be deleted."),
                       entries, 0, 1, &argc, &argv))
    return ICAM_EXIT_USAGE;
  word = argc > 1 ? argv[1] : "";
  if (*word != '\0' && !g_str_equal (word, "check") && !g_str_equal (word, "rebuild") && !g_str_equal (word, "backup")
      && !g_str_equal (word, "confirm"))
    return icam_ctl_usage (ctl, _ ("“%s” is none of check, rebuild, backup and confirm."), word);
  if ((deep || repair) && !g_str_equal (word, "check"))
    return icam_ctl_usage (ctl, _ ("--deep and --repair are for check."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  if (g_str_equal (word, "check"))
    return run_job (ctl, ICAM_UPKEEP_CHECK, deep, repair);
  if (g_str_equal (word, "rebuild"))
    return run_job (ctl, ICAM_UPKEEP_REBUILD, FALSE, FALSE);
  if (g_str_equal (word, "backup"))
    return run_job (ctl, ICAM_UPKEEP_BACK_UP, FALSE, FALSE);
  return g_str_equal (word, "confirm") ? confirm (ctl) : show (ctl);
}
