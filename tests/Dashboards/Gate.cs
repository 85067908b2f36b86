using System.Text.RegularExpressions;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Dashboards;

using Selection = IReadOnlyDictionary<string, IReadOnlyList<string>>;

/// <summary>
/// Runs everything a dashboard would ask, with the default of each variable and with each of its
/// options, and says what is wrong.
/// </summary>
public sealed class Gate(
    InfluxServer influx, string database, IReadOnlySet<string> sourceUids, DateTimeOffset now)
{
    private const string All = "$__all";

    private readonly List<string> _findings = [];

    public async Task<IReadOnlyList<string>> Check(Dashboard dashboard)
    {
        CheckWords(dashboard);
        foreach (var (name, uid) in SourcesOf(dashboard))
        {
            Expect(sourceUids.Contains(uid), $"{name}: data source '{uid}' is not provisioned");
        }

        var options = await OptionsOf(dashboard);
        foreach (var selection in Selections(dashboard, options))
        {
            await CheckPanels(dashboard, selection);
            foreach (var (name, target) in dashboard.Annotations)
            {
                await Run(dashboard.Range, $"annotation {name}", target, selection);
            }
        }

        return _findings.Distinct().ToList();
    }

    private void CheckWords(Dashboard dashboard)
    {
        Expect(dashboard.Title.Length > 0, "the dashboard has no title");
        Expect(dashboard.Description.Length > 0, "the dashboard has no description");
        Expect(dashboard.SchemaVersion == 42, "schemaVersion is not 42");
        Expect(!dashboard.IsEditable, "the dashboard is editable");
        foreach (var panel in dashboard.Panels)
        {
            Expect(panel.Title.Length > 0, "a panel has no title");
            Expect(panel.Description.Length > 0, $"{panel.Title}: no description");
            Expect(panel.Targets.Count > 0, $"{panel.Title}: no query");
            foreach (var unit in panel.Overrides.SelectMany(one => one.Units)
                .Append(panel.Unit ?? "none").Where(unit => !Units.IsKnown(unit)))
            {
                Expect(false, $"{panel.Title}: unknown unit '{unit}'");
            }

            foreach (var id in panel.UnknownTransformations)
            {
                Expect(false, $"{panel.Title}: transformation '{id}' cannot be checked");
            }

            if (panel.Repeat is { } repeat)
            {
                Expect(dashboard.Variables.Any(variable => variable.Name == repeat),
                    $"{panel.Title}: repeats by the unknown variable '{repeat}'");
            }
        }
    }

    private static IEnumerable<(string Name, string Uid)> SourcesOf(Dashboard dashboard) =>
        dashboard.Panels.SelectMany(panel => panel.Targets
                .Select(target => (panel.Title, target.SourceUid))
                .Append((panel.Title, panel.SourceUid)))
            .Concat(dashboard.Variables.Select(one => ($"variable {one.Name}", one.SourceUid)))
            .Concat(dashboard.Annotations.Select(one =>
                ($"annotation {one.Name}", one.Target.SourceUid)));

    /// <summary>In order: a later variable may depend on an earlier one.</summary>
    private async Task<Dictionary<string, IReadOnlyList<string>>> OptionsOf(Dashboard dashboard)
    {
        var options = new Dictionary<string, IReadOnlyList<string>>();
        var chosen = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var variable in dashboard.Variables)
        {
            var name = $"variable {variable.Name}";
            Expect(variable.Type == "query", $"{name}: type '{variable.Type}' cannot be checked");
            var target = new Target("", variable.Query, null, true, true, variable.SourceUid);
            var answer = await Run(dashboard.Range, name, target, chosen);
            options[variable.Name] = answer.Texts.Distinct().ToList();
            chosen[variable.Name] = DefaultOf(variable, options[variable.Name]);
            var allowed = options[variable.Name].Concat(variable.HasAll ? [All] : []);
            Expect(variable.Current.All(allowed.Contains), $"{name}: its default is no option");
        }

        return options;
    }

    /// <summary>Without a current value Grafana takes the first option.</summary>
    private static IReadOnlyList<string> DefaultOf(
        Variable variable, IReadOnlyList<string> options) =>
        variable.Current.Contains(All) ? options
        : variable.Current.Count > 0 ? variable.Current
        : options.Take(1).ToList();

    private static IEnumerable<Selection> Selections(
        Dashboard dashboard, Dictionary<string, IReadOnlyList<string>> options)
    {
        var defaults = dashboard.Variables.ToDictionary(
            variable => variable.Name, variable => DefaultOf(variable, options[variable.Name]));
        yield return defaults;
        foreach (var (name, values) in options)
        {
            foreach (var value in values)
            {
                yield return new Dictionary<string, IReadOnlyList<string>>(defaults)
                {
                    [name] = [value],
                };
            }
        }
    }

    private async Task CheckPanels(Dashboard dashboard, Selection selection)
    {
        foreach (var panel in dashboard.Panels)
        {
            var names = new List<string>();
            foreach (var target in panel.Targets)
            {
                Expect(target.IsRaw, $"{panel.Title} {target.RefId}: rawQuery is not true");
                var name = $"{panel.Title} {target.RefId}";
                var range = panel.Range ?? dashboard.Range;
                names.AddRange((await Run(range, name, target, selection)).FieldNames);
            }

            CheckFields(panel, names);
        }
    }

    private void CheckFields(Panel panel, List<string> names)
    {
        if (panel.Organize is { } organize)
        {
            foreach (var column in organize.Names.Keys.Concat(organize.Out).Except(names))
            {
                Expect(false, $"{panel.Title}: organize names the missing column '{column}'");
            }

            names = names.Where(name => !organize.Out.Contains(name))
                .Select(name => organize.Names.GetValueOrDefault(name, name)).ToList();
        }

        foreach (var one in panel.Overrides)
        {
            Expect(names.Any(name => Matches(one, name)),
                $"{panel.Title}: the override {one.Matcher} '{one.Argument}' matches no field");
        }
    }

    private static bool Matches(Override one, string name) => one.Matcher switch
    {
        "byName" => name == one.Argument,
        "byRegexp" => Regex.IsMatch(name, one.Argument.Trim('/')),
        _ => false,
    };

    private async Task<QueryAnswer> Run(
        TimeSpan range, string name, Target target, Selection selection)
    {
        var query = Interpolation.Apply(target.Query, selection, now, range);
        if (Interpolation.Unresolved(query) is { } unresolved)
        {
            Expect(false, $"{name}: '{unresolved}' is not resolved");
        }

        using var document = await influx.Query(database, query);
        var answer = QueryAnswer.Read(document.RootElement, target);
        Expect(answer.Error is null, $"{name}: {answer.Error}");
        Expect(answer.Error is not null || answer.ValueCount > 0,
            $"{name}: nothing is shown for {Describe(selection)}");
        foreach (var field in answer.FieldNames.Where(field => field.Contains('$')))
        {
            Expect(false, $"{name}: the alias leaves '{field}'");
        }

        return answer;
    }

    private static string Describe(Selection selection) =>
        string.Join(", ", selection.Select(pair => $"{pair.Key} {string.Join('+', pair.Value)}"));

    private void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            _findings.Add(otherwise);
        }
    }
}
