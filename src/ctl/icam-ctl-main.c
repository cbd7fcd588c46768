/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <locale.h>
#include <signal.h>

static const IcamCtlCommand commands[] = {
  { "discover", N_ ("Show the cameras that are on the network"), icam_ctl_discover },
  { "add", N_ ("Add a camera and begin to record it"), icam_ctl_add },
  { "list", N_ ("Show the cameras of the recorder"), icam_ctl_list },
  { "status", N_ ("Say how the recorder and its cameras are"), icam_ctl_status },
  { "diagnose", N_ ("Say step by step what works of a camera and what does not"), icam_ctl_diagnose },
  { "watch", N_ ("Show what happens while it happens"), icam_ctl_watch },
  { "events", N_ ("Show what happened"), icam_ctl_events },
  { "segments", N_ ("Show what was recorded, and what was not and why"), icam_ctl_segments },
  { "snapshot", N_ ("Write what a camera shows or showed as a JPEG or PNG file"), icam_ctl_snapshot },
  { "export", N_ ("Write what was recorded as films"), icam_ctl_export },
  { "detection", N_ ("Switch watching for motion on or off"), icam_ctl_detection },
  { "record", N_ ("Show or change when cameras are recorded"), icam_ctl_record },
  { "folders", N_ ("Show or change the folders for recordings"), icam_ctl_folders },
  { "archive", N_ ("Look whether recordings are as they should be; rebuild or back up their list"), icam_ctl_archive },
  { "keep", N_ ("Show or change how long recordings are kept"), icam_ctl_keep },
  { "protect", N_ ("Show or change which recordings are never deleted"), icam_ctl_protect },
  { "rename", N_ ("Give a camera another name"), icam_ctl_rename },
  { "password", N_ ("Change the password that the recorder uses at a camera"), icam_ctl_password },
  { "ptz", N_ ("Move a camera, and use the places that it remembers"), icam_ctl_ptz },
  { "device", N_ ("Change something at the cameras themselves: password, clock, picture"), icam_ctl_device },
  { "defaults", N_ ("Show what would be better set at a camera, and set it"), icam_ctl_defaults },
  { "remove", N_ ("Stop recording a camera and forget it"), icam_ctl_remove },
  { "journal", N_ ("Show what happened to the recorder and the cameras"), icam_ctl_journal },
  { "connections", N_ ("Show every connection that the recorder opened"), icam_ctl_connections },
  { "unlock", N_ ("Ask for the keyring with the passwords to be unlocked"), icam_ctl_unlock },
};

static char *
describe_commands (void)
{
  GString *text = g_string_new (_ ("Commands:"));

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text, "\n  %-12s  %s", commands[i].name, _ (commands[i].summary));
  g_string_append_printf (text, "\n\n%s", _ ("incameractl COMMAND --help says more. incameractl(1) has the exit codes and the keys of the JSON."));
  return g_string_free (text, FALSE);
}

static gboolean
on_interrupt (gpointer user_data)
{
  IcamCtl *ctl = user_data;

  g_cancellable_cancel (ctl->cancellable);
  return G_SOURCE_CONTINUE;
}

int
main (int    argc,
      char **argv)
{
  IcamCtl ctl = { 0 };
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, N_ ("Say the version and end"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &ctl.json, N_ ("Write JSON"), NULL },
    { "system", 0, 0, G_OPTION_ARG_NONE, &ctl.system, N_ ("Ask the recorder of the machine, on the system bus"), NULL },
    { "no-start", 0, 0, G_OPTION_ARG_NONE, &ctl.no_start, N_ ("Do not start the recorder if it is not running"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *description = NULL;
  int code = -1;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("incameractl");
  /* The reader of a pipe may go, as head does. */
  signal (SIGPIPE, SIG_DFL);

  context = g_option_context_new (_ ("COMMAND …"));
  description = describe_commands ();
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, _ ("In Camera from the command line: asks the recorder of this computer."));
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  /* The options after the command are the command's. */
  g_option_context_set_strict_posix (context, TRUE);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return icam_ctl_usage (&ctl, "%s", error->message);
  if (version)
    {
      g_print ("incameractl %s\n", ICAM_VERSION);
      return ICAM_EXIT_OK;
    }
  if (argc < 2)
    return icam_ctl_usage (&ctl, _ ("Which command? incameractl --help shows which there are."));

  ctl.cancellable = g_cancellable_new ();
  g_unix_signal_add (SIGINT, on_interrupt, &ctl);
  g_unix_signal_add (SIGTERM, on_interrupt, &ctl);

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].name))
      code = commands[i].run (&ctl, argc - 1, argv + 1);
  if (code < 0)
    code = icam_ctl_usage (&ctl, _ ("There is no command \"%s\". incameractl --help shows which there are."), argv[1]);

  g_clear_object (&ctl.client);
  g_clear_object (&ctl.cancellable);
  return code;
}
