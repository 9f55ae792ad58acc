-- score.lua: models set beside reference figures: errors, rank correlation, tables.
--
-- A row is a table: kernel, gpu, quantity, unit, reference (a number, or nil where there is none to
-- compare with), source, and value = {MODEL = number}. Two optional fields say how to read it:
-- basis, "same" where the reference is the very figure that the GPU description holds, so that the
-- row tests the mechanism and not the number; and note.

local M = {}

-- Names of all models, in the order of the program's table. Whoever adds a model is in every table.
function M.models()
    local names = {}
    for i, model in ipairs(warpscope.models()) do names[i] = model.name end
    return names
end

-- (value - reference) / reference
function M.error(value, reference)
    return (value - reference) / math.abs(reference)
end

-- Ranks 1..n of the values of a list; equal values share the mean of their ranks.
function M.ranks(list)
    local order, ranks = {}, {}
    for i = 1, #list do order[i] = i end
    table.sort(order, function(a, b)
        if list[a] ~= list[b] then return list[a] < list[b] end
        return a < b
    end)
    local i = 1
    while i <= #order do
        local last = i
        while last < #order and list[order[last + 1]] == list[order[i]] do last = last + 1 end
        for k = i, last do ranks[order[k]] = (i + last) / 2 end
        i = last + 1
    end
    return ranks
end

local function mean(list)
    local sum = 0
    for _, v in ipairs(list) do sum = sum + v end
    return sum / #list
end

-- Pearson's correlation; nil when one list does not vary.
local function correlation(x, y)
    local mx, my, xx, yy, xy = mean(x), mean(y), 0, 0, 0
    for i = 1, #x do
        xx, yy = xx + (x[i] - mx) ^ 2, yy + (y[i] - my) ^ 2
        xy = xy + (x[i] - mx) * (y[i] - my)
    end
    if xx == 0 or yy == 0 then return nil end
    return xy / math.sqrt(xx * yy)
end

-- Spearman's rank correlation: Pearson's of the ranks. nil below three pairs.
function M.spearman(x, y)
    assert(#x == #y, "as many values as references")
    if #x < 3 then return nil end
    return correlation(M.ranks(x), M.ranks(y))
end

-- Least-squares line y = slope x + intercept.
function M.line(x, y)
    local mx, my, xx, xy = mean(x), mean(y), 0, 0
    for i = 1, #x do
        xx, xy = xx + (x[i] - mx) ^ 2, xy + (x[i] - mx) * (y[i] - my)
    end
    return xy / xx, my - xy / xx * mx
end

local function median(sorted)
    local n = #sorted
    if n % 2 == 1 then return sorted[n // 2 + 1] end
    return (sorted[n // 2] + sorted[n // 2 + 1]) / 2
end

-- How one model does over rows that share a unit; nil when it has no figure that can be compared.
-- Errors are absolute ones. `missing` counts rows for which the model gave no number.
function M.summary(rows, model)
    local errors, values, references, missing = {}, {}, {}, 0
    for _, row in ipairs(rows) do
        local value = row.value[model]
        if row.reference ~= nil and value == nil then missing = missing + 1 end
        if row.reference ~= nil and value ~= nil then
            errors[#errors + 1] = math.abs(M.error(value, row.reference))
            values[#values + 1], references[#references + 1] = value, row.reference
        end
    end
    if #errors == 0 then return nil end
    table.sort(errors)
    return {
        n = #errors, mean = mean(errors), median = median(errors), worst = errors[#errors],
        rank = M.spearman(values, references), missing = missing,
    }
end

-- ---- tables ----------------------------------------------------------------------------------------

-- Every row with every model's value and its error in percent.
function M.print_rows(name, rows)
    local columns = {"kernel", "gpu", "quantity", "unit", "reference"}
    for _, model in ipairs(M.models()) do
        columns[#columns + 1], columns[#columns + 2] = model, model .. "[%]"
    end
    columns[#columns + 1], columns[#columns + 2], columns[#columns + 3] = "basis", "source", "note"
    local cells = {}
    for i, row in ipairs(rows) do
        local c = {
            kernel = row.kernel, gpu = row.gpu, quantity = row.quantity, unit = row.unit,
            reference = row.reference, basis = row.basis, source = row.source, note = row.note,
        }
        for model, value in pairs(row.value) do
            c[model] = value
            if row.reference ~= nil then c[model .. "[%]"] = 100 * M.error(value, row.reference) end
        end
        cells[i] = c
    end
    warpscope.table{name = name, columns = columns, rows = cells}
end

-- Units in the order in which they appear: figures of different units are not ranked together.
local function units(rows)
    local list, seen = {}, {}
    for _, row in ipairs(rows) do
        if not seen[row.unit] then list[#list + 1], seen[row.unit] = row.unit, true end
    end
    return list
end

local function of_unit(rows, unit)
    local found = {}
    for _, row in ipairs(rows) do
        if row.unit == unit then found[#found + 1] = row end
    end
    return found
end

-- Per unit and model: number of rows, mean, median and worst absolute error, rank correlation.
function M.print_summary(name, rows)
    local cells = {}
    for _, unit in ipairs(units(rows)) do
        for _, model in ipairs(M.models()) do
            local s = M.summary(of_unit(rows, unit), model)
            if s ~= nil then
                cells[#cells + 1] = {
                    unit = unit, model = model, rows = s.n, missing = s.missing,
                    ["mean[%]"] = 100 * s.mean, ["median[%]"] = 100 * s.median,
                    ["worst[%]"] = 100 * s.worst, ["rank correlation"] = s.rank,
                }
            end
        end
    end
    warpscope.table{
        name = name .. ": summary of absolute errors",
        columns = {"unit", "model", "rows", "missing", "mean[%]", "median[%]", "worst[%]",
                   "rank correlation"},
        rows = cells,
    }
end

-- Both tables, and why figures are missing.
function M.print(name, rows)
    M.print_rows(name, rows)
    M.print_summary(name, rows)
    for _, row in ipairs(rows) do
        if row.why ~= nil then
            print(("%s on %s: %s"):format(row.kernel, row.gpu or "?", row.why))
        end
    end
end

-- ---- reference files -------------------------------------------------------------------------------

-- Fields of a CSV line (RFC 4180: a field in quotes may hold commas and doubled quotes).
function M.split_csv(line)
    local fields, at = {}, 1
    while at <= #line + 1 do
        local quoted, after = line:match('^"([^"]*)"()', at)
        while quoted ~= nil and line:sub(after, after) == '"' do
            local more, next_after = line:match('^"([^"]*)"()', after)
            assert(more ~= nil, "a quote is not closed: " .. line)
            quoted, after = quoted .. '"' .. more, next_after
        end
        if quoted == nil then quoted, after = line:match("^([^,]*)()", at) end
        fields[#fields + 1] = quoted
        at = after + 1
    end
    return fields
end

-- Rows of a CSV file, by the names of its first line; empty fields are nil. Needs --lua-unsafe. nil
-- when there is no such file.
function M.read_csv(path)
    local file = io.open(path)
    if file == nil then return nil end
    local rows, names = {}, nil
    for line in file:lines() do
        local fields = M.split_csv((line:gsub("\r$", "")))
        if names == nil then
            names = fields
        else
            assert(#fields == #names, path .. ", line " .. #rows + 2 .. ": expected " .. #names ..
                " fields, found " .. #fields)
            local row = {}
            for i, name in ipairs(names) do
                if fields[i] ~= "" then row[name] = fields[i] end
            end
            rows[#rows + 1] = row
        end
    end
    file:close()
    return rows
end

-- Rows to print, of references as read_csv gives them (value, unit, source, ...) and the rows of a
-- sweep that has a column for each model, `why` for a model that could not run, and perhaps `error`.
function M.join(references, outcomes)
    local rows = {}
    for i, r in ipairs(references) do
        local row = {
            kernel = r.kernel, gpu = r.gpu, quantity = r.quantity, unit = r.unit, basis = r.basis,
            source = r.source, note = r.note, reference = tonumber(r.value), value = {},
            why = outcomes[i].why or outcomes[i].error,
        }
        for _, model in ipairs(M.models()) do row.value[model] = outcomes[i][model] end
        rows[i] = row
    end
    return rows
end

-- What the tags of the rows stand for, from a file with the columns tag and source.
function M.print_sources(path, rows)
    local cells = {}
    for _, s in ipairs(M.read_csv(path)) do
        for _, row in ipairs(rows) do
            if row.source ~= nil and row.source:match("^%S+") == s.tag then
                cells[#cells + 1] = s
                break
            end
        end
    end
    warpscope.table{name = "Sources", columns = {"tag", "source"}, rows = cells}
end

return M
