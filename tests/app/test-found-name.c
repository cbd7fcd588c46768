/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "app/icam-found-name.h"

static void
test_names (void)
{
  static const struct
  {
    const char *announced, *name;
  } cases[] = {
    { NULL, "" },
    { "", "" },
    { "Garden", "Garden" },
    { "Front door - 02a49f35c44a", "Front door" },
    { "AXIS P3245 - ACCC8E0102FF", "AXIS P3245" },
    { "Shed - old one", "Shed - old one" },
    { "Gate - 02a49f35c44", "Gate - 02a49f35c44" },
    { " - 02a49f35c44a", "- 02a49f35c44a" },
    { "a\nb\x1b[31m", "a b [31m" },
    { "bad \xff name", "bad \xef\xbf\xbd name" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = icam_found_name (cases[i].announced);

      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/found-name/names", test_names);
  return g_test_run ();
}
