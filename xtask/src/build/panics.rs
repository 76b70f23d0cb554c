//! Panics without their messages and places.
//!
//! The module's panic handler tells the package and traps; it reads neither message nor place. The standard library is
//! compiled already, and so brings along what formats messages, and a place for each call that could panic: that is for
//! nothing. Here, where the module is whole, every function that can only end in the handler calls it at once, and the
//! places, which nothing points to then, become zeros that wasm-opt leaves out.

use std::collections::HashSet;

use anyhow::{Result, bail};
use walrus::ir::{Br, BrIf, BrTable, Call, Instr, InstrSeqId, Return, Unreachable, Visitor, dfs_in_order};
use walrus::{DataKind, FunctionId, LocalFunction, Module};

const HANDLER: &str = "rust_begin_unwind";

pub(super) fn shorten(module: &mut Module) -> Result<()> {
    let is_handler = |name: &str| name.contains(HANDLER);
    let named = module.funcs.iter().filter(|function| function.name.as_deref().is_some_and(is_handler));
    let handlers: Vec<FunctionId> = named.map(|function| function.id()).collect();
    let [handler] = handlers[..] else { bail!("the module has {} panic handlers", handlers.len()) };
    let parameters = module.types.params(module.funcs.get(handler).ty()).len();
    for dead_end in dead_ends(module, handler) {
        let function = module.funcs.get_mut(dead_end).kind.unwrap_local_mut();
        let mut body = function.builder_mut().func_body();
        body.instrs_mut().clear();
        for _ in 0..parameters {
            body.i32_const(0);
        }
        body.call(handler).unreachable();
    }
    blank_places(module);
    Ok(())
}

/// All functions that never return and call the handler, or another such function.
fn dead_ends(module: &Module, handler: FunctionId) -> HashSet<FunctionId> {
    let exported: HashSet<FunctionId> = module
        .exports
        .iter()
        .filter_map(|export| match export.item {
            walrus::ExportItem::Function(id) => Some(id),
            _ => None,
        })
        .collect();
    let endless: Vec<(FunctionId, Calls)> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| *id != handler && !exported.contains(id))
        .filter_map(|(id, function)| Some((id, Calls::of_endless(function)?)))
        .collect();
    let mut found = HashSet::new();
    loop {
        let ends = |calls: &Calls| calls.0.iter().any(|callee| *callee == handler || found.contains(callee));
        let more: Vec<FunctionId> =
            endless.iter().filter(|(id, calls)| !found.contains(id) && ends(calls)).map(|(id, _)| *id).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// What a function calls that never returns.
struct Calls(Vec<FunctionId>);

impl Calls {
    fn of_endless(function: &LocalFunction) -> Option<Calls> {
        let entry = function.entry_block();
        let (last, _) = function.block(entry).instrs.last()?;
        if !matches!(last, Instr::Unreachable(Unreachable {})) {
            return None;
        }
        let mut look = Look { entry, returns: false, calls: Vec::new() };
        dfs_in_order(&mut look, function, entry);
        (!look.returns).then_some(Calls(look.calls))
    }
}

struct Look {
    entry: InstrSeqId,
    returns: bool,
    calls: Vec<FunctionId>,
}

impl<'instr> Visitor<'instr> for Look {
    fn visit_call(&mut self, call: &Call) {
        self.calls.push(call.func);
    }

    fn visit_return(&mut self, _: &Return) {
        self.returns = true;
    }

    fn visit_br(&mut self, branch: &Br) {
        self.returns |= branch.block == self.entry;
    }

    fn visit_br_if(&mut self, branch: &BrIf) {
        self.returns |= branch.block == self.entry;
    }

    fn visit_br_table(&mut self, branch: &BrTable) {
        self.returns |= branch.default == self.entry || branch.blocks.contains(&self.entry);
    }
}

/// A `core::panic::Location` is a file's name (address and length), a line and a column, four octets each.
fn blank_places(module: &mut Module) {
    for id in module.data.iter().map(|data| data.id()).collect::<Vec<_>>() {
        let data = module.data.get_mut(id);
        let DataKind::Active { offset: walrus::ConstExpr::Value(walrus::ir::Value::I32(start)), .. } = data.kind else {
            continue;
        };
        let mut at = 0;
        let mut files = HashSet::new();
        while let Some(file) = file_of_place(&data.value, start, at) {
            match file {
                Some(file) => {
                    data.value[at..at + 16].fill(0);
                    files.insert(file);
                    at += 16;
                }
                None => at += 4,
            }
        }
        for file in files {
            data.value[file.0..file.1].fill(0);
        }
    }
}

/// Where the name of the file is, if there is a place here. `None` at the end.
fn file_of_place(octets: &[u8], start: i32, at: usize) -> Option<Option<(usize, usize)>> {
    let place = octets.get(at..at + 16)?;
    let number = |index: usize| {
        let octets = place.get(index * 4..index * 4 + 4).and_then(|octets| octets.try_into().ok());
        usize::try_from(u32::from_le_bytes(octets.unwrap_or_default())).unwrap_or_default()
    };
    let from = number(0).wrapping_sub(usize::try_from(start).unwrap_or_default());
    let to = from.wrapping_add(number(1));
    let is_place = (1..100_000).contains(&number(2)) && (1..1_000).contains(&number(3));
    let name = octets.get(from..to).filter(|name| is_place && name.ends_with(b".rs"));
    Some(name.map(|_| (from, to)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use walrus::ir::Value;
    use walrus::{ConstExpr, FunctionBuilder, ModuleConfig, ValType};

    /// A module with a handler, with what formats a message for it, and with what may return instead.
    fn module(data: Vec<u8>) -> (Module, [FunctionId; 3]) {
        let mut module = Module::with_config(ModuleConfig::new());
        let named = |module: &mut Module, name: &str, fill: &dyn Fn(&mut FunctionBuilder)| {
            let mut function = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[]);
            function.name(name.to_owned());
            fill(&mut function);
            let argument = module.locals.add(ValType::I32);
            function.finish(vec![argument], &mut module.funcs)
        };
        let handler = named(&mut module, "_rust_begin_unwind", &|function| {
            function.func_body().unreachable();
        });
        let formats = named(&mut module, "panic_fmt", &|function| {
            function.func_body().i32_const(1).drop().i32_const(2).call(handler).unreachable();
        });
        let returns = named(&mut module, "checked", &|function| {
            function.func_body().i32_const(1).if_else(
                None,
                |fine| {
                    fine.return_();
                },
                |wrong| {
                    wrong.i32_const(3).call(formats).unreachable();
                },
            );
            function.func_body().unreachable();
        });
        let memory = module.memories.add_local(false, false, 1, None, None);
        let offset = ConstExpr::Value(Value::I32(1024));
        module.data.add(DataKind::Active { memory, offset }, data);
        (module, [handler, formats, returns])
    }

    fn size(module: &Module, function: FunctionId) -> u64 {
        module.funcs.get(function).kind.unwrap_local().size()
    }

    #[test]
    fn what_only_panics_calls_the_handler_at_once() {
        let (mut module, [handler, formats, returns]) = module(Vec::new());
        let before = [handler, returns].map(|function| size(&module, function));
        shorten(&mut module).unwrap();
        assert_eq!(size(&module, formats), 3, "a value for the parameter, the call, and no way on");
        assert_eq!([handler, returns].map(|function| size(&module, function)), before);
    }

    #[test]
    fn a_module_without_a_panic_handler_is_an_error() {
        assert!(shorten(&mut Module::with_config(ModuleConfig::new())).is_err());
    }

    #[test]
    fn places_are_blank_and_all_else_is_as_it_was() {
        let place = |name: u32, length: u32, line: u32, column: u32| {
            [name, length, line, column].map(u32::to_le_bytes).concat()
        };
        let kept = b"some text, ".to_vec();
        let other = place(1024, 11, 2, 3);
        let (at, file) = (1024 + 11, b"src/a.rs\0");
        let data = [&kept[..], file, &place(at, 8, 12, 5), &other, &place(at, 8, 0, 5)].concat();
        let (mut module, _) = module(data);
        shorten(&mut module).unwrap();
        let data = &module.data.iter().next().unwrap().value;
        assert_eq!(data[..11], kept);
        assert_eq!(data[11..20 + 16], [0; 25], "the file's name and the place");
        assert_eq!(data[36..52], other, "its text is no file");
        assert_eq!(data[52..], place(at, 8, 0, 5), "no line has the number 0");
    }
}
