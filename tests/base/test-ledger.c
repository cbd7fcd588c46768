/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-ledger.h"

static void
test_rows (void)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 554);
  g_autoptr (GPtrArray) rows = NULL;
  IcamLedgerRow *row;

  icam_ledger_note_address ("stream", address);
  icam_ledger_note ("onvif", "127.0.0.1", 80);
  icam_ledger_note ("stream", "127.0.0.1", 554);

  rows = icam_ledger_list ();
  g_assert_cmpuint (rows->len, ==, 2);
  row = g_ptr_array_index (rows, 1);
  g_assert_cmpstr (row->purpose, ==, "stream");
  g_assert_cmpuint (row->port, ==, 554);
  g_assert_cmpuint (row->connections, ==, 2);
  g_assert_cmpint (row->first_us, <=, row->last_us);
}

static void
test_bounded (void)
{
  g_autoptr (GPtrArray) rows = NULL;

  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *address = g_strdup_printf ("192.0.2.%u", i);

      icam_ledger_note ("stream", address, 554);
    }

  rows = icam_ledger_list ();
  g_assert_cmpuint (rows->len, ==, 4096);
  g_assert_cmpstr (((IcamLedgerRow *) g_ptr_array_index (rows, 4095))->address, ==, "192.0.2.4999");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/rows", test_rows);
  g_test_add_func ("/ledger/bounded", test_bounded);
  return g_test_run ();
}
