using System.Reflection;
using Monitoring.Core;
using Monitoring.Core.Exports;
using Monitoring.Core.Part75;
using Monitoring.Core.Quality;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Every number that no profile chooses, with its source: one place where an inspector sees what
/// was held against a text, and what was not yet.
/// </summary>
public static class ConstantFamilies
{
    /// <summary>The fields of every class of the rules, and the tables.</summary>
    public static IReadOnlyList<Constant> All { get; } =
    [
        .. typeof(Constant).Assembly.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.FieldType == typeof(Constant))
            .Select(field => (Constant)field.GetValue(null)!),
        .. StudentT.AllConstants, .. Constants.AllMolarMasses, .. ReleaseReport.AllThresholds,
        .. Fuel.AllConstants,
        .. new[] { true, false }.SelectMany(isTurbine => new[]
        {
            DiluentCap.CarbonDioxide(isTurbine), DiluentCap.Oxygen(isTurbine),
        }),
    ];
}
