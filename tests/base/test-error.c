/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-error.h"

static void
test_params (void)
{
  g_autoptr (GError) error
    = icam_error_new (ICAM_ERROR_WRONG_PASSWORD, "address", "192.0.2.7", "user", "o'neil {<", "none", NULL, NULL);
  g_autoptr (GVariant) params = icam_error_get_params (error);
  const char *text;

  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD);
  g_assert_true (g_variant_lookup (params, "address", "&s", &text));
  g_assert_cmpstr (text, ==, "192.0.2.7");
  g_assert_true (g_variant_lookup (params, "user", "&s", &text));
  g_assert_cmpstr (text, ==, "o'neil {<");
}

/* As it arrives on the other side of the bus. */
static void
test_over_the_bus (void)
{
  g_autoptr (GError) error = icam_error_new (ICAM_ERROR_UNREACHABLE, "address", "192.0.2.7", NULL);
  g_autofree char *name = g_dbus_error_encode_gerror (error);
  g_autoptr (GError) remote = g_dbus_error_new_for_dbus_error (name, error->message);
  g_autoptr (GVariant) params = icam_error_get_params (remote);
  const char *text;

  g_assert_cmpstr (name, ==, ICAM_RECORDER_NAME ".Error.Unreachable");
  g_assert_error (remote, ICAM_ERROR, ICAM_ERROR_UNREACHABLE);
  g_assert_true (g_variant_lookup (params, "address", "&s", &text));
  g_assert_cmpstr (text, ==, "192.0.2.7");
}

static void
test_variant (void)
{
  g_autoptr (GError) error = icam_error_new (ICAM_ERROR_OTHER_DEVICE, "camera", "Hall", NULL);
  g_autoptr (GVariant) variant = g_variant_ref_sink (icam_error_to_variant (error));
  g_autoptr (GVariant) none = g_variant_ref_sink (icam_error_to_variant (NULL));
  g_autoptr (GError) back = icam_error_from_variant (variant);
  g_autoptr (GError) foreign = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "it \xff broke");
  g_autoptr (GVariant) foreign_variant = g_variant_ref_sink (icam_error_to_variant (foreign));
  const char *name;

  g_assert_error (back, ICAM_ERROR, ICAM_ERROR_OTHER_DEVICE);
  g_assert_cmpstr (back->message, ==, error->message);
  g_assert_null (icam_error_from_variant (none));
  g_variant_get_child (foreign_variant, 0, "&s", &name);
  g_assert_cmpstr (name, ==, "Failed");
}

static void
test_names (void)
{
  IcamError code = ICAM_ERROR_FAILED;

  for (guint i = 0; i < ICAM_N_ERRORS; i++)
    {
      g_assert_true (icam_error_from_name (icam_error_code_name ((IcamError) i), &code));
      g_assert_cmpuint (code, ==, i);
    }
  g_assert_false (icam_error_from_name ("Nonsense", &code));
  /* Frozen. */
  g_assert_cmpstr (icam_error_code_name (ICAM_ERROR_KEYRING_LOCKED), ==, "KeyringLocked");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/params", test_params);
  g_test_add_func ("/error/over-the-bus", test_over_the_bus);
  g_test_add_func ("/error/variant", test_variant);
  g_test_add_func ("/error/names", test_names);
  return g_test_run ();
}
