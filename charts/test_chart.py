"""Lints and renders the chart with Helm's engine (helm-python-sdk), and looks at what comes out.

    target/python/bin/python charts/test_chart.py [path of warren-controller]

`warren-controller check` reads the config.toml that was rendered; where no path is given, it is the
newest of target/release and target/debug.
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import helm_python
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHART = ROOT / "charts" / "warren"
SHIPPED = ROOT / "config.toml"

ALL_OPTIONS = {
    "image": {"repository": "registry.example.org/warren", "tag": "1.2.3", "pullPolicy": "Always"},
    "imagePullSecrets": [{"name": "registry"}],
    "broker": {"existingSecret": "my-broker", "existingSecretKey": "address"},
    "config": '[[pool]]\nname = "mail"\nwork_queue = "mail"\n\n[pool.fleet]\nstop_grace = "50s"\n',
    "http": {"port": 8080},
    "extraEnv": [{"name": "WARREN_LOG", "value": "debug"}],
    "terminationGracePeriodSeconds": 60,
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
    "userId": 2000,
    "podAnnotations": {"team": "mail"},
    "podLabels": {"tier": "back"},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "queue", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "service": {"type": "NodePort", "annotations": {"prometheus.io/scrape": "true"}},
}


def render(values=None):
    """The manifests by kind, and the notes."""
    with helm_python.Chart.load(CHART) as chart:
        files = chart.render(values, name="release", namespace="queues")
    manifests, notes = {}, ""
    for path, text in files.items():
        if path.endswith("NOTES.txt"):
            notes = text
            continue
        for manifest in yaml.safe_load_all(text):
            if manifest:
                manifests[manifest["kind"]] = manifest
    return manifests, notes


def pod(manifests):
    return manifests["Deployment"]["spec"]["template"]["spec"]


def controller(manifests):
    (container,) = pod(manifests)["containers"]
    return container


class Chart(unittest.TestCase):
    controller_binary = None

    def test_lints_without_a_finding_above_information(self):
        for values in (None, ALL_OPTIONS):
            report = helm_python.lint(CHART, values, strict=True)
            findings = [found for found in report["messages"] if found["severity"] > 1]
            self.assertEqual((findings, report["errors"]), ([], []))

    def test_the_default_configuration_is_the_shipped_one(self):
        self.assertEqual(
            (CHART / "config.toml").read_bytes(),
            SHIPPED.read_bytes(),
            "copy config.toml to charts/warren/config.toml",
        )
        manifests, _ = render()
        self.assertEqual(manifests["ConfigMap"]["data"]["config.toml"], SHIPPED.read_text())

    def test_the_controller_accepts_the_rendered_configuration(self):
        if self.controller_binary is None:
            self.fail("no warren-controller: build it with `cargo build -p warren-controller`")
        for values in (None, ALL_OPTIONS):
            manifests, _ = render(values)
            with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                file.write(manifests["ConfigMap"]["data"]["config.toml"])
                file.flush()
                check = [self.controller_binary, "check", "--config", file.name]
                done = subprocess.run(check, capture_output=True, text=True, timeout=30)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_nothing_runs_as_root_or_writes_outside_its_own_directories(self):
        for values in (None, ALL_OPTIONS):
            manifests, _ = render(values)
            context = pod(manifests)["securityContext"]
            self.assertIs(context["runAsNonRoot"], True)
            self.assertGreater(context["runAsUser"], 0)
            self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertIs(pod(manifests)["automountServiceAccountToken"], False)
            context = controller(manifests)["securityContext"]
            self.assertIs(context["readOnlyRootFilesystem"], True)
            self.assertIs(context["allowPrivilegeEscalation"], False)
            self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
            mounts = {mount["name"]: mount for mount in controller(manifests)["volumeMounts"]}
            volumes = {volume["name"]: volume for volume in pod(manifests)["volumes"]}
            self.assertEqual(set(mounts), set(volumes))
            for name, volume in volumes.items():
                writable = not mounts[name].get("readOnly", False)
                self.assertEqual(writable, "emptyDir" in volume, name)

    def test_the_pod_outlives_the_grace_of_its_workers(self):
        manifests, _ = render()
        self.assertIn('stop_grace = "10s"', SHIPPED.read_text())
        self.assertGreater(pod(manifests)["terminationGracePeriodSeconds"], 10)

    def test_the_url_comes_from_a_secret_and_stands_nowhere_else(self):
        url = "amqps://user:sesame@broker.example.org/jobs"
        manifests, notes = render({"broker": {"url": url}})
        variables = {variable["name"]: variable for variable in controller(manifests)["env"]}
        reference = variables["WARREN_BROKER_URL"]["valueFrom"]["secretKeyRef"]
        secret = manifests.pop("Secret")
        self.assertEqual(reference, {"name": secret["metadata"]["name"], "key": "url"})
        self.assertEqual(list(secret["data"]), ["url"])
        self.assertNotIn("sesame", f"{manifests} {notes}")

        manifests, _ = render(ALL_OPTIONS)
        self.assertNotIn("Secret", manifests)
        variables = {variable["name"]: variable for variable in controller(manifests)["env"]}
        reference = variables["WARREN_BROKER_URL"]["valueFrom"]["secretKeyRef"]
        self.assertEqual(reference, {"name": "my-broker", "key": "address"})

    def test_the_parts_find_each_other(self):
        for values, port in ((None, 9110), (ALL_OPTIONS, 8080)):
            manifests, _ = render(values)
            deployment = manifests["Deployment"]
            labels = deployment["spec"]["template"]["metadata"]["labels"]
            for selector in (
                deployment["spec"]["selector"]["matchLabels"],
                manifests["Service"]["spec"]["selector"],
            ):
                self.assertLessEqual(selector.items(), labels.items())
            (service_port,) = manifests["Service"]["spec"]["ports"]
            (container_port,) = controller(manifests)["ports"]
            self.assertEqual((service_port["port"], service_port["targetPort"]), (port, "http"))
            self.assertEqual((container_port["containerPort"], container_port["name"]), (port, "http"))
            self.assertIn(f"--listen=0.0.0.0:{port}", controller(manifests)["args"])
            self.assertEqual(controller(manifests)["livenessProbe"]["httpGet"]["path"], "/healthz")
            self.assertEqual(controller(manifests)["readinessProbe"]["httpGet"]["path"], "/readyz")

    def test_every_option_reaches_the_manifests(self):
        manifests, _ = render(ALL_OPTIONS)
        container = controller(manifests)
        self.assertEqual(container["image"], "registry.example.org/warren:1.2.3")
        self.assertEqual(container["imagePullPolicy"], "Always")
        self.assertEqual(container["resources"], ALL_OPTIONS["resources"])
        self.assertIn(ALL_OPTIONS["extraEnv"][0], container["env"])
        spec = pod(manifests)
        for key in (
            "imagePullSecrets",
            "nodeSelector",
            "tolerations",
            "affinity",
            "terminationGracePeriodSeconds",
        ):
            self.assertEqual(spec[key], ALL_OPTIONS[key])
        self.assertEqual(spec["securityContext"]["runAsUser"], 2000)
        metadata = manifests["Deployment"]["spec"]["template"]["metadata"]
        self.assertEqual(metadata["labels"]["tier"], "back")
        self.assertEqual(metadata["annotations"]["team"], "mail")
        service = manifests["Service"]
        self.assertEqual(service["spec"]["type"], "NodePort")
        self.assertEqual(service["metadata"]["annotations"], {"prometheus.io/scrape": "true"})
        self.assertEqual(manifests["ConfigMap"]["data"]["config.toml"], ALL_OPTIONS["config"])

    def test_another_configuration_makes_another_pod(self):
        def annotations(values):
            return render(values)[0]["Deployment"]["spec"]["template"]["metadata"]["annotations"]

        self.assertEqual(annotations(None), annotations({}))
        self.assertNotEqual(annotations(None), annotations({"config": ALL_OPTIONS["config"]}))
        self.assertNotEqual(annotations(None), annotations({"broker": {"url": "amqp://other"}}))

    def test_the_schema_refuses_wrong_values(self):
        wrong = [
            {"http": {"port": 80}},
            {"http": {"port": "9110"}},
            {"userId": 0},
            {"terminationGracePeriodSeconds": 0},
            {"image": {"pullPolicy": "Sometimes"}},
            {"service": {"type": "ExternalName"}},
            {"config": {"pool": []}},
            {"brokerUrl": "amqp://host"},
            {"broker": {"uri": "amqp://host"}},
            {"extraEnv": {"WARREN_LOG": "debug"}},
        ]
        with helm_python.Chart.load(CHART) as chart:
            chart.validate_schema(ALL_OPTIONS)
            for values in wrong:
                with self.subTest(values), self.assertRaises(helm_python.HelmValuesError):
                    chart.validate_schema(values)

    def test_a_wrong_url_is_refused_without_repeating_it(self):
        with self.assertRaises(helm_python.HelmError) as refused:
            render({"broker": {"url": "http://user:sesame@host/"}})
        self.assertIn("broker.url must be an amqp:// or amqps:// URL", str(refused.exception))
        self.assertNotIn("sesame", str(refused.exception))

    def test_long_release_names_still_make_valid_names(self):
        with helm_python.Chart.load(CHART) as chart:
            files = chart.render(None, name="a" * 53, namespace="queues")
        for path, text in files.items():
            if path.endswith(".yaml") and text.strip():
                self.assertLessEqual(len(yaml.safe_load(text)["metadata"]["name"]), 63, path)


def find_controller(arguments):
    if arguments:
        return arguments[0]
    built = (ROOT / "target" / profile / "warren-controller" for profile in ("release", "debug"))
    newest = max((path for path in built if path.exists()), key=built_at, default=None)
    return None if newest is None else str(newest)


def built_at(path):
    return path.stat().st_mtime


if __name__ == "__main__":
    Chart.controller_binary = find_controller(sys.argv[1:])
    unittest.main(argv=sys.argv[:1])
