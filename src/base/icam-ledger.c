/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-ledger.h"

#include "base/icam-clock.h"

/* More rows than a house has devices; beyond that the oldest goes. */
#define MAX_ROWS 4096

static GMutex lock;
static GPtrArray *rows; /* under lock; of IcamLedgerRow, the one used last at the end */

/**
 * icam_ledger_row_free:
 * @row: a row
 */
void
icam_ledger_row_free (IcamLedgerRow *row)
{
  g_free (row->purpose);
  g_free (row->address);
  g_free (row);
}

/**
 * icam_ledger_note:
 * @purpose: what the connection is for
 * @address: where it goes
 * @port: its port
 *
 * Enters a connection that is being opened now.
 */
void
icam_ledger_note (const char *purpose,
                  const char *address,
                  guint16     port)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  IcamLedgerRow *row = NULL;
  gint64 now = icam_clock_utc (icam_clock_system ());

  g_return_if_fail (purpose != NULL && address != NULL);

  if (rows == NULL)
    rows = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_ledger_row_free);

  for (guint i = 0; i < rows->len; i++)
    {
      IcamLedgerRow *other = g_ptr_array_index (rows, i);

      if (other->port == port && g_str_equal (other->address, address)
          && g_str_equal (other->purpose, purpose))
        {
          row = g_ptr_array_steal_index (rows, i);
          break;
        }
    }

  if (row == NULL)
    {
      if (rows->len == MAX_ROWS)
        g_ptr_array_remove_index (rows, 0);
      row = g_new0 (IcamLedgerRow, 1);
      row->purpose = g_strdup (purpose);
      row->address = g_strdup (address);
      row->port = port;
      row->first_us = now;
    }

  row->connections++;
  row->last_us = now;
  g_ptr_array_add (rows, row);
}

/**
 * icam_ledger_note_address:
 * @purpose: what the connection is for
 * @address: where it goes; only internet addresses are entered
 */
void
icam_ledger_note_address (const char     *purpose,
                          GSocketAddress *address)
{
  g_autofree char *text = NULL;
  GInetSocketAddress *inet;

  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return;

  inet = G_INET_SOCKET_ADDRESS (address);
  text = g_inet_address_to_string (g_inet_socket_address_get_address (inet));
  icam_ledger_note (purpose, text, g_inet_socket_address_get_port (inet));
}

/**
 * icam_ledger_list:
 *
 * Returns: (transfer full) (element-type IcamLedgerRow): a copy of all rows, the newest last
 */
GPtrArray *
icam_ledger_list (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_ledger_row_free);

  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      IcamLedgerRow *row = g_memdup2 (g_ptr_array_index (rows, i), sizeof (IcamLedgerRow));

      row->purpose = g_strdup (row->purpose);
      row->address = g_strdup (row->address);
      g_ptr_array_add (copy, row);
    }

  return copy;
}
