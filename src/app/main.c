/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "app/icam-application.h"
#include "media/icam-media.h"

int
main (int   argc,
      char *argv[])
{
  g_autoptr (IcamApplication) application = NULL;
  const char *locale_dir = g_getenv ("INCAMERA_LOCALEDIR");

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir != NULL ? locale_dir : LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_application_name (ICAM_APP_NAME);

  icam_media_init ();
  application = icam_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
