package crosvm.runner.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import crosvm.schema.json.Json;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The OpenAPI schema of the Kubernetes API, by the classes that its own Java client has generated from it. */
final class KubernetesSchema {
    private KubernetesSchema() {}

    /** The documents of a text. */
    static List<Map<?, ?>> documents(String yaml) {
        List<Map<?, ?>> documents = new ArrayList<>();
        new Load(LoadSettings.builder().build())
                .loadAllFromString(yaml)
                .forEach(document -> documents.add((Map<?, ?>) document));
        return documents;
    }

    /**
     * Checks an object.
     *
     * @throws IllegalArgumentException for a field that is unknown, missing or of another type
     */
    static void check(Map<?, ?> object) {
        JsonElement json = JsonParser.parseString(Json.compact(object));
        String kind = object.get("apiVersion") + "/" + object.get("kind");
        try {
            Class<?> type = switch (kind) {
                case "v1/ConfigMap" -> {
                    V1ConfigMap.validateJsonElement(json);
                    yield V1ConfigMap.class;
                }
                case "v1/Service" -> {
                    V1Service.validateJsonElement(json);
                    yield V1Service.class;
                }
                case "apps/v1/Deployment" -> {
                    V1Deployment.validateJsonElement(json);
                    yield V1Deployment.class;
                }
                case "apps/v1/StatefulSet" -> {
                    V1StatefulSet.validateJsonElement(json);
                    yield V1StatefulSet.class;
                }
                default -> throw new IllegalArgumentException("no schema is known here for " + kind);
            };
            // The types of numbers, which only reading them checks.
            Object unused = JSON.getGson().fromJson(json, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
