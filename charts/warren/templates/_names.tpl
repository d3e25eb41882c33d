{{/* 63 characters are what a label and a Service's name can have. */}}
{{- define "warren.name" -}}
{{- if contains "warren" .Release.Name -}}
{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-warren" (.Release.Name | trunc 56 | trimSuffix "-") }}
{{- end -}}
{{- end -}}

{{/* What finds the pods; it can't change from one release to the next. */}}
{{- define "warren.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "warren.labels" -}}
{{ include "warren.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}
