/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "recorder/icam-identity.h"

#define SERIAL "ABC-0042"
#define OTHER_SERIAL "ABC-0043"
#define MAC "00408c123456"
#define OTHER_MAC "00408c654321"
#define ENDPOINT "81636e4e-9efd-4fb6-8456-5e4f5ec3cffc"
#define OTHER_ENDPOINT "81636e4e-9efd-4fb6-8456-5e4f5ec3cffd"

typedef struct
{
  const char *name;
  IcamEvidence expected, found;
  IcamIdentity verdict;
} Case;

static const Case cases[] = {
  { "nothing at all", { 0 }, { 0 }, ICAM_IDENTITY_UNKNOWN },
  { "nothing now", { .serial = (char *) SERIAL, .mac = (char *) MAC }, { 0 }, ICAM_IDENTITY_UNKNOWN },
  { "nothing then", { 0 }, { .serial = (char *) SERIAL }, ICAM_IDENTITY_UNKNOWN },
  { "nothing in common", { .serial = (char *) SERIAL }, { .mac = (char *) MAC }, ICAM_IDENTITY_UNKNOWN },
  { "the same", { .serial = (char *) SERIAL, .mac = (char *) MAC }, { .serial = (char *) SERIAL, .mac = (char *) MAC },
    ICAM_IDENTITY_SAME },
  { "written otherwise", { .mac = (char *) MAC }, { .mac = (char *) "00:40:8C:12:34:56" }, ICAM_IDENTITY_SAME },
  { "another serial number", { .serial = (char *) SERIAL, .mac = (char *) MAC },
    { .serial = (char *) OTHER_SERIAL, .mac = (char *) MAC }, ICAM_IDENTITY_OTHER },
  { "another endpoint", { .serial = (char *) SERIAL, .endpoint = (char *) ENDPOINT },
    { .serial = (char *) SERIAL, .endpoint = (char *) OTHER_ENDPOINT }, ICAM_IDENTITY_OTHER },
  { "another MAC of a series with one serial number", { .serial = (char *) SERIAL, .mac = (char *) MAC },
    { .serial = (char *) SERIAL, .mac = (char *) OTHER_MAC }, ICAM_IDENTITY_OTHER },
  { "another interface of one endpoint", { .endpoint = (char *) ENDPOINT, .mac = (char *) MAC },
    { .endpoint = (char *) ENDPOINT, .mac = (char *) OTHER_MAC }, ICAM_IDENTITY_SAME },
  { "a renewed certificate", { .serial = (char *) SERIAL, .mac = (char *) MAC, .fingerprint = (char *) "aa11" },
    { .serial = (char *) SERIAL, .mac = (char *) MAC, .fingerprint = (char *) "bb22" }, ICAM_IDENTITY_SAME },
  { "another certificate", { .fingerprint = (char *) "aa11" }, { .fingerprint = (char *) "bb22" },
    ICAM_IDENTITY_OTHER },
  { "another certificate, same serial number", { .serial = (char *) SERIAL, .fingerprint = (char *) "aa11" },
    { .serial = (char *) SERIAL, .fingerprint = (char *) "bb22" }, ICAM_IDENTITY_OTHER },
  { "one model", { .hardware = (char *) "HW-1" }, { .hardware = (char *) "HW-1" }, ICAM_IDENTITY_UNKNOWN },
  { "another model", { .hardware = (char *) "HW-1" }, { .hardware = (char *) "HW-2" }, ICAM_IDENTITY_OTHER },
  { "new firmware tells another hardware id", { .serial = (char *) SERIAL, .hardware = (char *) "HW-1" },
    { .serial = (char *) SERIAL, .hardware = (char *) "HW-1.1" }, ICAM_IDENTITY_SAME },
  { "a serial number of a whole series", { .serial = (char *) "123456" }, { .serial = (char *) "123456" },
    ICAM_IDENTITY_UNKNOWN },
  { "serial numbers of zeros", { .serial = (char *) "0000000000" }, { .serial = (char *) "0000000000" },
    ICAM_IDENTITY_UNKNOWN },
  { "no MAC", { .mac = (char *) "000000000000" }, { .mac = (char *) "00:00:00:00:00:00" }, ICAM_IDENTITY_UNKNOWN },
  { "empty", { .serial = (char *) "" }, { .serial = (char *) "" }, ICAM_IDENTITY_UNKNOWN },
  { "names within names", { .serial = (char *) "garten" }, { .serial = (char *) "vorgarten" }, ICAM_IDENTITY_OTHER },
};

static void
test_verdicts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (icam_identity_compare (&cases[i].expected, &cases[i].found), ==, cases[i].verdict);
      /* Nobody is other or the same one-sidedly. */
      g_assert_cmpint (icam_identity_compare (&cases[i].found, &cases[i].expected), ==, cases[i].verdict);
    }
}

static void
test_usable (void)
{
  g_assert_false (icam_evidence_is_usable (&(IcamEvidence) { 0 }));
  g_assert_false (icam_evidence_is_usable (&(IcamEvidence) { .hardware = (char *) "HW-1" }));
  g_assert_false (icam_evidence_is_usable (&(IcamEvidence) { .serial = (char *) "unknown" }));
  g_assert_true (icam_evidence_is_usable (&(IcamEvidence) { .mac = (char *) MAC }));
}

static void
test_completed_never_changed (void)
{
  IcamEvidence evidence;
  const IcamEvidence first = { .serial = (char *) SERIAL };
  const IcamEvidence more = { .serial = (char *) "abc 0042", .mac = (char *) MAC };

  icam_evidence_copy (&first, &evidence);
  g_assert_true (icam_evidence_complete (&evidence, &more));
  g_assert_cmpstr (evidence.serial, ==, SERIAL);
  g_assert_cmpstr (evidence.mac, ==, MAC);
  g_assert_false (icam_evidence_complete (&evidence, &more));
  icam_evidence_clear (&evidence);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity/verdicts", test_verdicts);
  g_test_add_func ("/identity/usable", test_usable);
  g_test_add_func ("/identity/completed-never-changed", test_completed_never_changed);
  return g_test_run ();
}
