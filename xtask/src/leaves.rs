//! A scan of the browser's module: functions that compute on secrets must have no conditional but the ends of their
//! loops.
//!
//! Valgrind runs no WebAssembly. There, a `select` may become a branch in an engine, and the compiler makes one of many
//! things, such as the smaller of two numbers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use wasmparser::{FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef};

/// The functions. They call nothing, and are never inlined in WebAssembly.
const LEAVES: [&str; 5] = [
    "sotto_he::residues::add_run",
    "sotto_he::residues::sub_run",
    "sotto_he::residues::mul_run",
    "sotto_he::residues::scale_run",
    "sotto_he::residues::reduce_run",
];

/// Checks all leaves of a module that has its names.
///
/// # Errors
/// When one is missing or has a conditional, with what was found.
pub(crate) fn check(module: &Path) -> Result<()> {
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let problems = problems(&bytes, &LEAVES).with_context(|| format!("cannot scan {}", module.display()))?;
    if !problems.is_empty() {
        bail!("functions on secrets in {}:\n{}", module.display(), problems.join("\n"));
    }
    println!("constant time: {} functions on secrets have no conditionals in WebAssembly", LEAVES.len());
    Ok(())
}

/// What is wrong with the leaves of a module.
fn problems(module: &[u8], leaves: &[&str]) -> Result<Vec<String>> {
    let mut imported = 0;
    let mut names = BTreeMap::new();
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body),
            Payload::CustomSection(section) => {
                let KnownCustom::Name(sections) = section.as_known() else { continue };
                for section in sections {
                    let Name::Function(functions) = section? else { continue };
                    for function in functions {
                        let function = function?;
                        names.insert(function.index, format!("{:#}", rustc_demangle::demangle(function.name)));
                    }
                }
            }
            _ => {}
        }
    }
    let mut problems = Vec::new();
    for leaf in leaves {
        let mut found = false;
        for (body, index) in bodies.iter().zip(imported..) {
            if names.get(&index).is_some_and(|name| name == leaf) {
                found = true;
                problems.extend(conditionals(body)?.into_iter().map(|problem| format!("{leaf} has {problem}")));
            }
        }
        if !found {
            problems.push(format!("{leaf} is not there: renamed, inlined or not used"));
        }
    }
    Ok(problems)
}

/// What in a function can depend on data, or was not looked at.
fn conditionals(body: &FunctionBody<'_>) -> Result<Vec<&'static str>> {
    let mut found = Vec::new();
    // The blocks around an operator, and whether each is a loop.
    let mut blocks = Vec::new();
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Block { .. } => blocks.push(false),
            Operator::Loop { .. } => blocks.push(true),
            Operator::If { .. } => {
                blocks.push(false);
                found.push("an if");
            }
            Operator::End => drop(blocks.pop()),
            Operator::BrIf { relative_depth } if blocks.iter().rev().nth(relative_depth as usize) != Some(&true) => {
                found.push("a branch that ends no loop");
            }
            Operator::BrTable { .. } => found.push("a table of branches"),
            Operator::Select | Operator::TypedSelect { .. } => found.push("a select"),
            Operator::Call { .. } | Operator::CallIndirect { .. } => found.push("a call"),
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        BlockType, CodeSection, Function, FunctionSection, Instruction, Module, NameMap, NameSection, TypeSection,
        ValType,
    };

    use super::problems;

    /// A module of one function with an `i32` parameter and result.
    fn module(name: &str, body: &[Instruction<'_>]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], [ValType::I32]);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut function = Function::new([]);
        for instruction in body {
            function.instruction(instruction);
        }
        let mut code = CodeSection::new();
        code.function(&function);
        let (mut names, mut map) = (NameSection::new(), NameMap::new());
        map.append(0, name);
        names.functions(&map);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code).section(&names);
        module.finish()
    }

    #[test]
    fn every_conditional_but_the_end_of_a_loop_is_found() {
        use Instruction::{Block, Br, BrIf, BrTable, Call, Else, End, I32Add, I32Const, If, LocalGet, Loop, Select};
        let (x, empty) = (|| LocalGet(0), BlockType::Empty);
        let result = BlockType::Result(ValType::I32);
        for (body, problem) in [
            (vec![x(), x(), I32Add, End], None),
            (vec![Loop(empty), x(), BrIf(0), End, x(), End], None),
            (vec![Loop(empty), Block(empty), x(), BrIf(1), End, End, x(), End], None),
            (vec![x(), I32Const(1), x(), Select, End], Some("a select")),
            (vec![x(), If(result), x(), Else, x(), End, End], Some("an if")),
            (vec![Block(empty), x(), BrIf(0), End, x(), End], Some("a branch that ends no loop")),
            (vec![Loop(empty), Block(empty), x(), BrIf(0), End, End, x(), End], Some("a branch that ends no loop")),
            (vec![x(), x(), BrIf(0), End], Some("a branch that ends no loop")),
            (vec![Block(empty), x(), BrTable([0][..].into(), 0), End, x(), End], Some("a table of branches")),
            (vec![x(), Call(0), End], Some("a call")),
            (vec![Block(empty), Br(0), End, x(), End], None),
        ] {
            let expected: Vec<String> =
                problem.into_iter().map(|problem| format!("crate::leaf has {problem}")).collect();
            assert_eq!(problems(&module("_RNvC5crate4leaf", &body), &["crate::leaf"]).unwrap(), expected, "{body:?}");
        }
    }

    #[test]
    fn a_missing_function_is_found() {
        let module = module("_RNvC5crate5other", &[Instruction::LocalGet(0), Instruction::End]);
        let problems = problems(&module, &["crate::leaf", "crate::other"]).unwrap();
        assert_eq!(problems, ["crate::leaf is not there: renamed, inlined or not used"]);
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        assert!(problems(b"\0asm\x01\0\0\0\x0a\x05", &[]).is_err());
        assert!(problems(b"no module", &[]).is_err());
    }
}
