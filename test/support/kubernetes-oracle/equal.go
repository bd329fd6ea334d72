package main

import (
	"encoding/json"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	jsonserializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/applyconfigurations"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/authentication/install"
	_ "k8s.io/kubernetes/pkg/apis/authorization/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/extensions/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/resource/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	"sigs.k8s.io/yaml"
)

type equalAnswer struct {
	// Known is whether Kubernetes' own types know both: else the JSON values were compared as they stand.
	Known     bool   `json:"known"`
	Typed     bool   `json:"typed"`
	Defaulted bool   `json:"defaulted"`
	Error     string `json:"error,omitempty"`
}

var (
	strict    = jsonserializer.NewSerializerWithOptions(jsonserializer.DefaultMetaFactory, legacyscheme.Scheme, legacyscheme.Scheme, jsonserializer.SerializerOptions{Yaml: true, Strict: true})
	converter = applyconfigurations.NewTypeConverter(clientscheme.Scheme)
)

// decode reads a document by its type. What stands in fields that the type does not have comes back beside it.
func decode(text string) (runtime.Object, *schema.GroupVersionKind, map[string][]string, error) {
	object, kind, err := strict.Decode([]byte(text), nil, nil)
	if err == nil {
		return object, kind, map[string][]string{}, nil
	}
	reported, ok := err.(interface{ Errors() []error })
	if !runtime.IsStrictDecodingError(err) || !ok || object == nil {
		return nil, nil, nil, err
	}
	var raw any
	if err := yaml.Unmarshal([]byte(text), &raw); err != nil {
		return nil, nil, nil, err
	}
	unknown := map[string][]string{}
	for _, one := range reported.Errors() {
		match := unknownField.FindStringSubmatch(one.Error())
		if match == nil {
			return nil, nil, nil, err
		}
		if serverPath.MatchString(match[1]) {
			continue
		}
		value := at(raw, match[1])
		if value == nil {
			continue
		}
		found, err := json.Marshal(bare(value))
		if err != nil {
			return nil, nil, nil, err
		}
		path := listIndex.ReplaceAllString(match[1], "[]")
		unknown[path] = append(unknown[path], string(found))
		sort.Strings(unknown[path])
	}
	return object, kind, unknown, nil
}

var (
	unknownField = regexp.MustCompile(`^unknown field "(.*)"$`)
	serverPath   = regexp.MustCompile(`^(?:status|metadata\.managedFields)\b`)
	listIndex    = regexp.MustCompile(`\[\d+\]`)
	pathPart     = regexp.MustCompile(`[^.\[\]]+`)
)

// at is the value at a path such as spec.containers[0].nme.
func at(value any, path string) any {
	for _, part := range pathPart.FindAllString(path, -1) {
		switch typed := value.(type) {
		case map[string]any:
			value = typed[part]
		case []any:
			index, err := strconv.Atoi(part)
			if err != nil || index >= len(typed) {
				return nil
			}
			value = typed[index]
		default:
			return nil
		}
	}
	return value
}

// equal judges two documents: the same object as it stands, and the same object once the API server has filled in its defaults.
func equal(a, b string) equalAnswer {
	first, kindA, unknownA, errA := decode(a)
	second, kindB, unknownB, errB := decode(b)
	if errA != nil || errB != nil {
		return untyped(a, b)
	}
	if *kindA != *kindB || !reflect.DeepEqual(unknownA, unknownB) {
		return equalAnswer{Known: true}
	}
	prepare(first)
	prepare(second)
	typed := same(first, second)
	legacyscheme.Scheme.Default(first)
	legacyscheme.Scheme.Default(second)
	return equalAnswer{Known: true, Typed: typed, Defaulted: same(first, second)}
}

// untyped compares what no type knows: a custom resource, a field that does not exist, a value of the wrong type.
func untyped(a, b string) equalAnswer {
	var first, second any
	if err := yaml.Unmarshal([]byte(a), &first); err != nil {
		return equalAnswer{Error: err.Error()}
	}
	if err := yaml.Unmarshal([]byte(b), &second); err != nil {
		return equalAnswer{Error: err.Error()}
	}
	clean(first)
	clean(second)
	is := reflect.DeepEqual(bare(first), bare(second))
	return equalAnswer{Typed: is, Defaulted: is}
}

// clean takes off what the server writes, of a value without a type.
func clean(value any) {
	object, ok := value.(map[string]any)
	if !ok {
		return
	}
	delete(object, "status")
	if metadata, ok := object["metadata"].(map[string]any); ok {
		if metadata["namespace"] == "default" {
			delete(metadata, "namespace")
		}
		for _, key := range []string{"creationTimestamp", "managedFields", "resourceVersion", "uid", "generation", "selfLink"} {
			delete(metadata, key)
		}
		if annotations, ok := metadata["annotations"].(map[string]any); ok {
			delete(annotations, corev1.LastAppliedConfigAnnotation)
			if len(annotations) == 0 {
				delete(metadata, "annotations")
			}
		}
	}
}

// bare drops what is null, as the API server does.
func bare(value any) any {
	switch typed := value.(type) {
	case map[string]any:
		made := map[string]any{}
		for key, one := range typed {
			if one != nil {
				made[key] = bare(one)
			}
		}
		return made
	case []any:
		made := make([]any, len(typed))
		for at, one := range typed {
			made[at] = bare(one)
		}
		return made
	}
	return value
}

// prepare brings an object to the form in which it is compared: without what the server writes, a Secret's texts as data, quantities as numbers, an explicit default namespace left out.
func prepare(object runtime.Object) {
	if accessor, err := meta.Accessor(object); err == nil {
		accessor.SetManagedFields(nil)
		accessor.SetResourceVersion("")
		accessor.SetUID("")
		accessor.SetGeneration(0)
		accessor.SetSelfLink("")
		accessor.SetCreationTimestamp(metav1.Time{})
		if accessor.GetNamespace() == "default" {
			accessor.SetNamespace("")
		}
		if annotations := accessor.GetAnnotations(); annotations != nil {
			delete(annotations, corev1.LastAppliedConfigAnnotation)
			accessor.SetAnnotations(annotations)
		}
	}
	if secret, ok := object.(*corev1.Secret); ok && len(secret.StringData) > 0 {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		for key, text := range secret.StringData {
			secret.Data[key] = []byte(text)
		}
		secret.StringData = nil
	}
	value := reflect.ValueOf(object).Elem()
	if status := value.FieldByName("Status"); status.IsValid() && status.CanSet() {
		status.Set(reflect.Zero(status.Type()))
	}
	visit(value)
}

// visit writes every quantity as the plain number that it is.
func visit(value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			visit(value.Elem())
		}
	case reflect.Struct:
		if quantity, ok := value.Interface().(resource.Quantity); ok {
			if value.CanSet() {
				value.Set(reflect.ValueOf(*resource.NewDecimalQuantity(*quantity.AsDec(), resource.DecimalSI)))
			}
			return
		}
		if either, ok := value.Interface().(intstr.IntOrString); ok {
			// A number written as text is read as the number wherever it is used (intstr.Parse).
			if value.CanSet() && either.Type == intstr.String {
				value.Set(reflect.ValueOf(intstr.Parse(either.StrVal)))
			}
			return
		}
		for at := 0; at < value.NumField(); at++ {
			if value.Type().Field(at).IsExported() {
				visit(value.Field(at))
			}
		}
	case reflect.Slice:
		for at := 0; at < value.Len(); at++ {
			visit(value.Index(at))
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			if quantity, ok := value.MapIndex(key).Interface().(resource.Quantity); ok {
				value.SetMapIndex(key, reflect.ValueOf(*resource.NewDecimalQuantity(*quantity.AsDec(), resource.DecimalSI)))
			}
		}
	}
}

// orders lists what the API calls a keyed list although its order is read: variables that refer to others, containers that run one after the other, webhooks that change what the next one gets.
func orders(value reflect.Value, path string, into map[string][]string) {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			orders(value.Elem(), path, into)
		}
	case reflect.Struct:
		for at := 0; at < value.NumField(); at++ {
			if value.Type().Field(at).IsExported() {
				orders(value.Field(at), path+"."+value.Type().Field(at).Name, into)
			}
		}
	case reflect.Slice:
		ordered := strings.HasSuffix(path, ".InitContainers") || strings.HasSuffix(path, ".Webhooks")
		names := []string{}
		for at := 0; at < value.Len(); at++ {
			item := value.Index(at)
			if variable, ok := item.Interface().(corev1.EnvVar); ok {
				names = append(names, variable.Name)
				ordered = ordered || strings.Contains(variable.Value, "$(")
				continue
			}
			key := ""
			if item.Kind() == reflect.Struct {
				if field := item.FieldByName("Name"); field.IsValid() && field.Kind() == reflect.String {
					key = field.String()
				}
				if container, ok := item.Interface().(corev1.Container); ok && container.Lifecycle != nil && container.Lifecycle.PostStart != nil {
					ordered = true
				}
			}
			names = append(names, key)
			orders(item, path+"["+key+"]", into)
		}
		if ordered {
			into[path] = names
		}
	}
}

// same is equality by meaning: Go's semantic equality, or the API's own comparison of keyed lists and sets in any order.
func same(a, b runtime.Object) bool {
	if equality.Semantic.DeepEqual(a, b) {
		return true
	}
	ordersA, ordersB := map[string][]string{}, map[string][]string{}
	orders(reflect.ValueOf(a), "", ordersA)
	orders(reflect.ValueOf(b), "", ordersB)
	if !reflect.DeepEqual(ordersA, ordersB) {
		return false
	}
	first, errA := converter.ObjectToTyped(plain(a))
	second, errB := converter.ObjectToTyped(plain(b))
	if errA != nil || errB != nil {
		return false
	}
	comparison, err := first.Compare(second)
	return err == nil && comparison.IsSame()
}

// plain drops what JSON leaves out of an object, empty lists and maps among it.
func plain(object runtime.Object) runtime.Object {
	text, err := json.Marshal(object)
	if err != nil {
		return object
	}
	made := reflect.New(reflect.TypeOf(object).Elem()).Interface().(runtime.Object)
	if json.Unmarshal(text, made) != nil {
		return object
	}
	return made
}
