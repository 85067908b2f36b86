using System.Text.Json;

namespace Monitoring.Server.Inspection;

/// <summary>
/// What components and systems measure, from monitoring plans in the ECMPS format (JSON). A plan
/// is one of a facility; its locations are units, stacks and pipes.
/// </summary>
internal sealed class MonitoringPlans
{
    /// <summary>Plans as they are shown, and as they are submitted, name their lists apart.
    /// </summary>
    private static readonly string[] LocationLists = ["locations", "monitoringLocationData"];
    private static readonly string[] ComponentLists = ["components", "componentData"];
    private static readonly string[] SystemLists = ["systems", "monitoringSystemData"];

    private readonly Dictionary<(string Facility, string Location, string Id), string> _types = [];

    public int Locations { get; private set; }

    public static bool IsPlan(JsonElement root) =>
        LocationLists.Any(name => root.TryGetProperty(name, out var list)
            && list.ValueKind == JsonValueKind.Array);

    public void Add(JsonElement plan)
    {
        var facility = TextOf(plan, "orisCode");
        foreach (var location in Items(plan, LocationLists))
        {
            Locations++;
            var name = LocationOf(location);
            foreach (var one in Items(location, ComponentLists))
            {
                _types[(facility, name, TextOf(one, "componentId"))] =
                    TextOf(one, "componentTypeCode");
            }

            foreach (var one in Items(location, SystemLists))
            {
                _types[(facility, name, TextOf(one, "monitoringSystemId"))] =
                    TextOf(one, "systemTypeCode");
            }
        }
    }

    /// <summary>The code of its type; empty where no plan has it.</summary>
    public string TypeOf(string facility, JsonElement test, string idName) =>
        _types.GetValueOrDefault((facility, LocationOf(test), TextOf(test, idName)), "");

    /// <summary>Releases of the format write <c>componentID</c> and <c>componentId</c>.</summary>
    internal static string TextOf(JsonElement item, string name) => item.EnumerateObject()
        .Where(cell => cell.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            && cell.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
        .Select(cell => cell.Value.ToString()).FirstOrDefault() ?? "";

    private static string LocationOf(JsonElement item) =>
        TextOf(item, "unitId") is { Length: > 0 } unit ? unit : TextOf(item, "stackPipeId");

    private static IEnumerable<JsonElement> Items(JsonElement parent, string[] names) =>
        names.SelectMany(name =>
            parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
                : []);
}
