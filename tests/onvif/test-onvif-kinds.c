/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What cameras' events mean: the table, the reader of messages, and what is on of what was told. */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "onvif/icam-onvif-properties-private.h"

#define K(kind) ICAM_KIND_BIT (ICAM_EVENT_##kind)

/* Data items "Name=Value", separated by "; "; sources the same way. */
typedef struct
{
  const char *topic, *sources, *data;
  guint kinds;
  IcamOnvifState state;
} Sample;

/* As devices write them, from the tables of their makers and of those who listened to them. */
static const Sample samples[] = {
  { "tns1:VideoSource/MotionAlarm", "Source=000", "State=true", K (MOTION), ICAM_ONVIF_ON },
  { "tns1:VideoSource/MotionAlarm", "Source=000", "State=0", K (MOTION), ICAM_ONVIF_OFF },
  { " tns1:VideoSource/MotionAlarm//. ", "Source=0", "State=1", K (MOTION), ICAM_ONVIF_ON },
  { "tns1:VideoSource/MotionAlarm", "Source=0", "Value=0", K (MOTION), ICAM_ONVIF_OFF },
  { "ns7:RuleEngine/CellMotionDetector/Motion", "Rule=MyMotionDetectorRule", "IsMotion=true",
    K (MOTION), ICAM_ONVIF_ON },
  { "tns1:RuleEngine/MotionRegionDetector/Motion", "", "State=false", K (MOTION), ICAM_ONVIF_OFF },
  { "tns1:RuleEngine/CellMotionDetector/Motion", "Rule=the dog's person", "IsMotion=true",
    K (MOTION), ICAM_ONVIF_ON },
  /* Reolink */
  { "tns1:RuleEngine/MyRuleDetector/PeopleDetect", "Source=000", "State=true", K (PERSON),
    ICAM_ONVIF_ON },
  { "tns1:RuleEngine/MyRuleDetector/VehicleDetect", "Source=000", "State=true", K (VEHICLE),
    ICAM_ONVIF_ON },
  { "tns1:RuleEngine/MyRuleDetector/DogCatDetect", "Source=000", "State=false", K (ANIMAL),
    ICAM_ONVIF_OFF },
  { "tns1:RuleEngine/MyRuleDetector/FaceDetect", "Source=000", "State=true", K (FACE),
    ICAM_ONVIF_ON },
  { "tns1:RuleEngine/MyRuleDetector/Visitor", "Source=000", "State=true", K (DOORBELL),
    ICAM_ONVIF_ON },
  { "tns1:RuleEngine/MyRuleDetector/Package", "Source=000", "State=true", K (PACKAGE),
    ICAM_ONVIF_ON },
  /* Tapo */
  { "tns1:RuleEngine/PeopleDetector/People", "Rule=MyPeopleDetectorRule", "IsPeople=true",
    K (PERSON), ICAM_ONVIF_ON },
  { "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", "IsVehicle=true", K (VEHICLE),
    ICAM_ONVIF_ON },
  { "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", "", "IsPet=true", K (ANIMAL),
    ICAM_ONVIF_ON },
  { "tns1:RuleEngine/CellMotionDetector/LineCross", "", "IsLineCross=true", K (LINE_CROSSED),
    ICAM_ONVIF_ON },
  { "tns1:RuleEngine/CellMotionDetector/Tamper", "", "IsTamper=true", K (TAMPER), ICAM_ONVIF_ON },
  { "tns1:RuleEngine/CellMotionDetector/Intrusion", "", "IsIntrusion=false", K (MOTION),
    ICAM_ONVIF_OFF },
  /* Dahua, Amcrest */
  { "tns1:UserAlarm/IVA/HumanShapeDetect", "VideoSourceConfigurationToken=VideoSourceMain",
    "State=true", K (PERSON), ICAM_ONVIF_ON },
  { "tns1:RuleEngine/LineDetector/Crossed", "Rule=Garden human", "ObjectId=1",
    K (LINE_CROSSED) | K (PERSON), ICAM_ONVIF_MOMENT },
  /* Hikvision */
  { "tns1:RuleEngine/FieldDetector/ObjectsInside", "Rule=MyFieldDetector1",
    "ObjectId=0; IsInside=true", K (MOTION), ICAM_ONVIF_ON },
  { "tns1:RuleEngine/FieldDetector/ObjectsInside", "Rule=VehicleField", "IsInside=true",
    K (VEHICLE), ICAM_ONVIF_ON },
  { "tns1:Device/Trigger/tnshik:AlarmIn", "AlarmInToken=1", "State=true", K (DIGITAL_INPUT),
    ICAM_ONVIF_ON },
  /* ONVIF, others */
  { "tns1:RuleEngine/ObjectDetection/Object", "", "ClassTypes=Human Vehicle",
    K (PERSON) | K (VEHICLE), ICAM_ONVIF_ON },
  { "tns1:RuleEngine/ObjectDetection/Object", "", "ClassTypes=Animal", K (ANIMAL), ICAM_ONVIF_ON },
  { "tns1:RuleEngine/ObjectDetection/Object", "", "ClassTypes=", K (MOTION), ICAM_ONVIF_OFF },
  { "tns1:RuleEngine/ObjectDetection/Object", "", "ClassTypes=Kite", K (MOTION), ICAM_ONVIF_ON },
  { "tns1:RuleEngine/LineDetector/Crossed", "Rule=MyLineDetector1", "ObjectId=15", K (LINE_CROSSED),
    ICAM_ONVIF_MOMENT },
  { "tns1:RuleEngine/TamperDetector/Tamper", "", "IsTamper=true", K (TAMPER), ICAM_ONVIF_ON },
  { "tns1:VideoSource/GlobalSceneChange/ImagingService", "Source=0", "State=true", K (TAMPER),
    ICAM_ONVIF_ON },
  { "tns1:VideoSource/ImageTooDark/AnalyticsService", "Source=0", "State=true", K (TAMPER),
    ICAM_ONVIF_ON },
  { "tns1:Device/Trigger/DigitalInput", "InputToken=0", "LogicalState=true", K (DIGITAL_INPUT),
    ICAM_ONVIF_ON },
  { "tns1:Device/Trigger/DigitalInput", "InputToken=0", "LogicalState=inactive", K (DIGITAL_INPUT),
    ICAM_ONVIF_OFF },
  { "tns1:AudioAnalytics/Audio/DetectedSound", "", "IsSoundDetected=true", K (SOUND),
    ICAM_ONVIF_ON },
  /* Axis */
  { "tns1:CameraApplicationPlatform/VMD/Camera1Profile1", "", "active=1", K (MOTION),
    ICAM_ONVIF_ON },
  { "tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1", "",
    "active=1; classTypes=human", K (PERSON), ICAM_ONVIF_ON },
  { "tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1ScenarioANY", "", "active=0",
    K (MOTION), ICAM_ONVIF_OFF },
  { "tns1:Device/tnsaxis:IO/Port", "port=1", "state=1", K (DIGITAL_INPUT), ICAM_ONVIF_ON },
  { "tns1:Device/tnsaxis:Sensor/PIR", "sensor=0", "state=1", K (MOTION), ICAM_ONVIF_ON },
  { "tns1:VideoSource/tnsaxis:Tampering", "channel=1", "tampering=1", K (TAMPER),
    ICAM_ONVIF_MOMENT },
  { "tns1:Device/tnsaxis:Casing/Open", "Name=", "Open=true", K (TAMPER), ICAM_ONVIF_ON },
};

/* What is no event of ours, or one that cannot be read. */
static const Sample strangers[] = {
  { "tns1:Device/Trigger/Relay", "RelayToken=0", "LogicalState=active", 0, 0 },
  { "tns1:Media/ConfigurationChanged", "", "Token=1; Type=VideoSource", 0, 0 },
  { "tns1:RecordingConfig/JobState", "RecordingJobToken=1", "State=Active", 0, 0 },
  { "tns1:VideoSource/tnsaxis:DayNightVision", "VideoSourceConfigurationToken=1", "day=1", 0, 0 },
  { "tns1:Device/tnsaxis:RingPowerLimitExceeded", "input=1", "limit_exceeded=1", 0, 0 },
  { "tns1:Monitoring/ProcessorUsage", "Token=0", "Value=1", 0, 0 },
  { "tns1:Device/tnsx:Interface/SDCardFull", "", "State=true", 0, 0 },
  { "tns1:VideoSource/MotionAlarm", "Source=0", "State=perhaps", 0, 0 },
};

static void
append_items (GString *xml, const char *element, const char *items)
{
  g_auto (GStrv) parts = g_strsplit (items, "; ", -1);

  g_string_append_printf (xml, "<t:%s>", element);
  for (char **part = parts; *part != NULL && **part != '\0'; part++)
    {
      char *equals = strchr (*part, '=');
      g_autofree char *value = g_markup_escape_text (equals + 1, -1);

      *equals = '\0';
      g_string_append_printf (xml, "<t:SimpleItem Name=\"%s\" Value=\"%s\"/>", *part, value);
    }
  g_string_append_printf (xml, "</t:%s>", element);
}

static IcamOnvifMessage *
read_sample (const char *topic, const char *operation, const char *sources, const char *data)
{
  g_autoptr (GString) xml
    = g_string_new ("<e:Envelope xmlns:e=\"" ICAM_NS_SOAP12 "\" xmlns:t=\"" ICAM_NS_SCHEMA
                    "\" xmlns:n=\"" ICAM_NS_WSNT "\" xmlns:v=\"" ICAM_NS_EVENTS
                    "\"><e:Body><v:PullMessagesResponse><n:NotificationMessage>");
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSoap) soap = NULL;

  g_string_append_printf (
    xml, "<n:Topic Dialect=\"x\">%s</n:Topic><n:Message><t:Message UtcTime=\"%s\"%s>", topic,
    "0000-00-00", operation);
  append_items (xml, "Source", sources);
  append_items (xml, "Data", data);
  g_string_append (xml, "</t:Message></n:Message></n:NotificationMessage></v:PullMessagesResponse>"
                        "</e:Body></e:Envelope>");
  soap = icam_soap_parse (xml->str, xml->len, &error);
  g_assert_no_error (error);
  return icam_onvif_message_read (
    icam_soap_child (icam_soap_get_any_answer (soap, "PullMessagesResponse"),
                     "NotificationMessage"),
    icam_onvif_kinds_get ());
}

static void
test_dialects (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      const Sample *sample = &samples[i];
      g_autoptr (IcamOnvifMessage) message = read_sample (
        sample->topic, " PropertyOperation=\"Changed\"", sample->sources, sample->data);
      const IcamOnvifReport *report = NULL;

      g_test_message ("%s (%s): %s", sample->topic, sample->sources, sample->data);
      g_assert_nonnull (message);
      g_assert_true (message->understood);
      for (guint j = 0; j < message->n_reports; j++)
        if (report == NULL || message->reports[j].kinds == sample->kinds)
          report = &message->reports[j];
      g_assert_nonnull (report);
      g_assert_cmpuint (report->kinds, ==, sample->kinds);
      g_assert_cmpint (report->state, ==, sample->state);
    }
}

static void
test_strangers (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++)
    {
      g_autoptr (IcamOnvifMessage) message
        = read_sample (strangers[i].topic, "", strangers[i].sources, strangers[i].data);

      g_test_message ("%s", strangers[i].topic);
      g_assert_false (message->understood);
      for (guint j = 0; j < message->n_reports; j++)
        g_assert_cmpuint (message->reports[j].kinds, ==, 0);
      g_assert_cmpstr (message->shown, ==, strangers[i].topic);
    }
}

static void
test_operations (void)
{
  g_autoptr (IcamOnvifMessage) begun = read_sample (
    "tns1:VideoSource/MotionAlarm", " PropertyOperation=\"Initialized\"", "Source=0", "State=true");
  g_autoptr (IcamOnvifMessage) gone = read_sample (
    "tns1:VideoSource/MotionAlarm", " PropertyOperation=\"Deleted\"", "Source=0", "State=true");
  /* What has no state did not happen just now. */
  g_autoptr (IcamOnvifMessage) moment = read_sample (
    "tns1:RuleEngine/LineDetector/Crossed", " PropertyOperation=\"Initialized\"", "", "ObjectId=1");

  g_assert_cmpint (begun->operation, ==, ICAM_ONVIF_INITIALIZED);
  g_assert_cmpint (begun->reports[0].state, ==, ICAM_ONVIF_ON);
  g_assert_cmpint (gone->reports[0].state, ==, ICAM_ONVIF_OFF);
  g_assert_cmpuint (moment->n_reports, ==, 0);
  g_assert_true (moment->understood);
}

static void
test_words (void)
{
  const IcamOnvifKinds *kinds = icam_onvif_kinds_get ();

  g_assert_cmpuint (icam_onvif_kinds_of_words (kinds, "SmartMotionHuman"), ==,
                    K (MOTION) | K (PERSON));
  g_assert_cmpuint (icam_onvif_kinds_of_words (kinds, "people_2"), ==, K (PERSON));
  g_assert_cmpuint (icam_onvif_kinds_of_words (kinds, "LineCross"), ==, K (LINE_CROSSED));
  /* Words, not letters. */
  g_assert_cmpuint (icam_onvif_kinds_of_words (kinds, "Interface SDCard personal category"), ==, 0);
  g_assert_cmpuint (icam_onvif_kinds_of_words (kinds, ""), ==, 0);
  g_assert_cmpuint (icam_onvif_kinds_of_words (kinds, NULL), ==, 0);
  g_assert_cmpuint (icam_onvif_kinds_of_words (kinds, "\xff\xfe personx person"), ==, K (PERSON));
}

static void
test_bad_tables (void)
{
  static const char *const bad[]
    = { "topic a", "topic a lunch", "topic a motion always", "word motion", "word a -",
        "state",   "colour red" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (icam_onvif_kinds_new (bad[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

/* Lines of a person's own come first. */
static void
test_own_table (void)
{
  g_autofree char *folder = g_dir_make_tmp ("icam-kinds-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "event-kinds.conf", NULL);
  g_autoptr (IcamOnvifKinds) kinds = NULL;
  g_autoptr (IcamOnvifKinds) none = NULL;
  g_autoptr (GError) error = NULL;
  gboolean by_rule;

  g_assert_true (g_file_set_contents (path,
                                      "# mine\n"
                                      "topic VideoSource/MotionAlarm -\n"
                                      "word Einfahrt vehicle\n",
                                      -1, NULL));
  kinds = icam_onvif_kinds_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (icam_onvif_kinds_of_topic (kinds, "VideoSource/MotionAlarm", &by_rule), ==, 0);
  g_assert_cmpuint (
    icam_onvif_kinds_of_topic (kinds, "RuleEngine/CellMotionDetector/Motion", &by_rule), ==,
    K (MOTION));
  g_assert_cmpuint (icam_onvif_kinds_of_words (kinds, "Einfahrt links"), ==, K (VEHICLE));
  g_assert_cmpuint (icam_onvif_kinds_of_words (kinds, "people"), ==, K (PERSON));

  g_assert_true (g_file_set_contents (path, "word x y\n", -1, NULL));
  none = icam_onvif_kinds_load (path, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_null (none);
  g_unlink (path);
  g_rmdir (folder);
}

/* ---- what is on ---- */

typedef struct
{
  IcamTestClock *clock;
  IcamOnvifProperties *properties;
  GString *told; /* "+motion@a -motion@a !line-crossed" */
} Fixture;

static char *
resolve (GHashTable *sources, gpointer user_data)
{
  return g_strdup (g_hash_table_lookup (sources, "Source"));
}

static void
tell (IcamEventKind kind, IcamOnvifState state, const char *place, gpointer user_data)
{
  static const char marks[] = { '-', '+', '!' };
  Fixture *f = user_data;

  g_string_append_printf (f->told, "%s%c%s", f->told->len > 0 ? " " : "", marks[state],
                          icam_event_kind_to_string (kind));
  if (place != NULL)
    g_string_append_printf (f->told, "@%s", place);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->clock = icam_test_clock_new (G_GINT64_CONSTANT (1700000000000000));
  icam_test_clock_advance (f->clock, G_USEC_PER_SEC);
  f->told = g_string_new (NULL);
  f->properties = icam_onvif_properties_new (ICAM_CLOCK (f->clock), resolve, tell, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  icam_onvif_properties_free (f->properties);
  g_string_free (f->told, TRUE);
  g_object_unref (f->clock);
}

static void
say (Fixture *f, const char *topic, const char *operation, const char *sources, const char *data)
{
  g_autofree char *attribute = g_strdup_printf (" PropertyOperation=\"%s\"", operation);
  g_autoptr (IcamOnvifMessage) message = read_sample (topic, attribute, sources, data);

  icam_onvif_properties_take (f->properties, message);
}

static void
assert_told (Fixture *f, const char *expected)
{
  g_assert_cmpstr (f->told->str, ==, expected);
  g_string_truncate (f->told, 0);
}

/* Time passes, and the beat comes. Returns how often the device was asked. */
static guint
pass (Fixture *f, guint seconds)
{
  guint asked = 0;

  for (guint i = 0; i < seconds; i++)
    {
      icam_test_clock_advance (f->clock, G_USEC_PER_SEC);
      asked += icam_onvif_properties_tick (f->properties);
    }
  return asked;
}

#define ALARM "tns1:VideoSource/MotionAlarm"
#define CELL  "tns1:RuleEngine/CellMotionDetector/Motion"

static void
test_on_and_off (Fixture *f, gconstpointer data)
{
  say (f, ALARM, "Initialized", "Source=a", "State=false");
  assert_told (f, "");
  say (f, ALARM, "Changed", "Source=a", "State=true");
  assert_told (f, "+motion@a");
  say (f, ALARM, "Changed", "Source=a", "State=true");
  assert_told (f, "");
  say (f, ALARM, "Changed", "Source=b", "State=true");
  assert_told (f, "+motion@b");
  g_assert_true (icam_onvif_properties_is_on (f->properties));
  say (f, ALARM, "Changed", "Source=a", "State=false");
  assert_told (f, "-motion@a");
  say (f, ALARM, "Deleted", "Source=b", "State=true");
  assert_told (f, "-motion@b");
  g_assert_false (icam_onvif_properties_is_on (f->properties));
}

static void
test_two_detectors_of_one_source (Fixture *f, gconstpointer data)
{
  say (f, ALARM, "Changed", "Source=a", "State=true");
  say (f, CELL, "Changed", "Source=a; Rule=x", "IsMotion=true");
  assert_told (f, "+motion@a");
  say (f, ALARM, "Changed", "Source=a", "State=false");
  assert_told (f, "");
  say (f, CELL, "Changed", "Source=a; Rule=x", "IsMotion=false");
  assert_told (f, "-motion@a");
}

static void
test_classes_that_change (Fixture *f, gconstpointer data)
{
  const char *topic = "tns1:RuleEngine/ObjectDetection/Object";

  say (f, topic, "Changed", "Source=a", "ClassTypes=Human");
  assert_told (f, "+person@a");
  say (f, topic, "Changed", "Source=a", "ClassTypes=Human Vehicle");
  assert_told (f, "+vehicle@a");
  say (f, topic, "Changed", "Source=a", "ClassTypes=Vehicle");
  assert_told (f, "-person@a");
  say (f, topic, "Changed", "Source=a", "ClassTypes=");
  assert_told (f, "-vehicle@a");
}

static void
test_moments (Fixture *f, gconstpointer data)
{
  say (f, "tns1:RuleEngine/LineDetector/Crossed", "Changed", "Source=a", "ObjectId=1");
  say (f, "tns1:RuleEngine/LineDetector/Crossed", "Changed", "Source=a", "ObjectId=1");
  assert_told (f, "!line-crossed@a !line-crossed@a");
  g_assert_false (icam_onvif_properties_is_on (f->properties));
}

static void
test_off_never_comes (Fixture *f, gconstpointer data)
{
  say (f, ALARM, "Changed", "Source=a", "State=true");
  assert_told (f, "+motion@a");
  g_assert_cmpuint (pass (f, 59), ==, 0);
  /* It is asked, says nothing, and is not asked again. */
  g_assert_cmpuint (pass (f, 15), ==, 1);
  assert_told (f, "");
  g_assert_cmpuint (pass (f, 60), ==, 0);
  assert_told (f, "-motion@a");
}

static void
test_still_on (Fixture *f, gconstpointer data)
{
  say (f, ALARM, "Changed", "Source=a", "State=true");
  assert_told (f, "+motion@a");
  for (guint i = 0; i < 5; i++)
    {
      g_assert_cmpuint (pass (f, 60), ==, 1);
      say (f, ALARM, "Initialized", "Source=a", "State=true");
    }
  assert_told (f, "");
  say (f, ALARM, "Changed", "Source=a", "State=false");
  assert_told (f, "-motion@a");
}

/* It says "still on" for ever when it is asked, whichever word it has for that, and never by
 * itself. */
static void
test_stuck (Fixture *f, gconstpointer data)
{
  const char *word = data;

  say (f, ALARM, "Changed", "Source=a", "State=true");
  assert_told (f, "+motion@a");
  for (guint i = 0; i < 9; i++)
    {
      pass (f, 60);
      say (f, ALARM, word, "Source=a", "State=true");
      assert_told (f, "");
    }
  pass (f, 60);
  say (f, ALARM, word, "Source=a", "State=true");
  assert_told (f, "-motion@a");
  say (f, ALARM, "Initialized", "Source=a", "State=true");
  assert_told (f, "");

  /* What it says by itself is believed again. */
  pass (f, 10);
  say (f, ALARM, "Changed", "Source=a", "State=true");
  assert_told (f, "+motion@a");
}

static void
test_lost (Fixture *f, gconstpointer data)
{
  say (f, ALARM, "Changed", "Source=a", "State=true");
  say (f, "tns1:Device/Trigger/DigitalInput", "Changed", "InputToken=1", "LogicalState=true");
  assert_told (f, "+motion@a +digital-input");
  icam_onvif_properties_lost (f->properties);
  assert_told (f, "-motion@a -digital-input");
  icam_onvif_properties_lost (f->properties);
  assert_told (f, "");
}

static void
test_bounded (Fixture *f, gconstpointer data)
{
  g_auto (GStrv) ended = NULL;

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *source = g_strdup_printf ("Source=%u", i);

      say (f, ALARM, "Changed", source, "State=true");
    }
  g_string_truncate (f->told, 0);
  icam_onvif_properties_lost (f->properties);
  ended = g_strsplit (f->told->str, " ", -1);
  g_assert_cmpuint (g_strv_length (ended), ==, ICAM_ONVIF_MAX_PROPERTIES);
}

#define ADD(name, data, function)                                                                  \
  g_test_add ("/onvif/properties/" name, Fixture, data, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/onvif/kinds/dialects", test_dialects);
  g_test_add_func ("/onvif/kinds/strangers", test_strangers);
  g_test_add_func ("/onvif/kinds/operations", test_operations);
  g_test_add_func ("/onvif/kinds/words", test_words);
  g_test_add_func ("/onvif/kinds/bad-tables", test_bad_tables);
  g_test_add_func ("/onvif/kinds/own-table", test_own_table);
  ADD ("on-and-off", NULL, test_on_and_off);
  ADD ("two-detectors-of-one-source", NULL, test_two_detectors_of_one_source);
  ADD ("classes-that-change", NULL, test_classes_that_change);
  ADD ("moments", NULL, test_moments);
  ADD ("motion-off-never-comes", NULL, test_off_never_comes);
  ADD ("still-on", NULL, test_still_on);
  ADD ("stuck/initialized", "Initialized", test_stuck);
  ADD ("stuck/changed", "Changed", test_stuck);
  ADD ("lost", NULL, test_lost);
  ADD ("bounded", NULL, test_bounded);

  return g_test_run ();
}
